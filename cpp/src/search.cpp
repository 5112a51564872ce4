#include "mlsearch/search.hpp"
