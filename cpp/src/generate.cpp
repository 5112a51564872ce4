#include "mlsearch/generate.hpp"
