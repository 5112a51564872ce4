#include "mlsearch/pairs.hpp"
