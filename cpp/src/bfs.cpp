#include "mlsearch/bfs.hpp"
