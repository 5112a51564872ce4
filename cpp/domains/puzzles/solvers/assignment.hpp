// The cheapest perfect matching (the Hungarian method).
#pragma once

#include <limits>
#include <vector>

namespace mlsearch::solvers {

class Assignment {
 public:
  // The least sum of cost(row, column) over one column for each of `size` rows.
  template <class Cost>
  int cheapest(int size, const Cost& cost) {
    row_price_.assign(size + 1, 0);
    column_price_.assign(size + 1, 0);
    row_of_.assign(size + 1, 0);  // of each column; 0 for none, rows and columns begin with 1
    came_from_.assign(size + 1, 0);
    for (int row = 1; row <= size; ++row) add(row, size, cost);
    int sum = 0;
    for (int column = 1; column <= size; ++column) sum += cost(row_of_[column] - 1, column - 1);
    return sum;
  }

 private:
  static constexpr int kInfinite = std::numeric_limits<int>::max() / 2;

  // Finds a column for one more row, by the shortest augmenting path.
  template <class Cost>
  void add(int new_row, int size, const Cost& cost) {
    slack_.assign(size + 1, kInfinite);
    is_used_.assign(size + 1, 0);
    row_of_[0] = new_row;
    int column = 0;
    do {
      is_used_[column] = 1;
      const int row = row_of_[column];
      int delta = kInfinite;
      int nearest = 0;
      for (int j = 1; j <= size; ++j) {
        if (is_used_[j]) continue;
        const int reduced = cost(row - 1, j - 1) - row_price_[row] - column_price_[j];
        if (reduced < slack_[j]) {
          slack_[j] = reduced;
          came_from_[j] = column;
        }
        if (slack_[j] < delta) {
          delta = slack_[j];
          nearest = j;
        }
      }
      for (int j = 0; j <= size; ++j) {
        if (is_used_[j]) {
          row_price_[row_of_[j]] += delta;
          column_price_[j] -= delta;
        } else {
          slack_[j] -= delta;
        }
      }
      column = nearest;
    } while (row_of_[column] != 0);
    for (; column != 0; column = came_from_[column]) row_of_[column] = row_of_[came_from_[column]];
  }

  std::vector<int> row_price_, column_price_, row_of_, came_from_, slack_;
  std::vector<char> is_used_;
};

}  // namespace mlsearch::solvers
