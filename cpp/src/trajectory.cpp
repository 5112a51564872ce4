#include "mlsearch/trajectory.hpp"
