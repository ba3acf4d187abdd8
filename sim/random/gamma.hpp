// Draws of a gamma distribution.
#pragma once

#include "random/stream.hpp"

namespace longhaul::random {

/// Of mean shape x scale and variance shape x scale^2; both above 0.
double gamma(Stream& stream, double shape, double scale);

}  // namespace longhaul::random
