#include "random/gamma.hpp"

#include <boost/random/gamma_distribution.hpp>

namespace longhaul::random {

double gamma(Stream& stream, double shape, double scale) {
  return boost::random::gamma_distribution<double>{shape, scale}(stream.engine());
}

}  // namespace longhaul::random
