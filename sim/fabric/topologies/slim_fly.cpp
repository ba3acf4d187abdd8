#include "fabric/topologies/slim_fly.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace longhaul::fabric {
namespace {

/// The prime of which n is a power; 0 where it is of none.
std::int64_t prime_of(std::int64_t n) {
  if (n < 2) return 0;
  std::int64_t p = 2;
  while (p * p <= n && n % p != 0) ++p;
  if (n % p != 0) return n;
  while (n % p == 0) n /= p;
  return n == 1 ? p : 0;
}

bool would_do(std::int64_t q) { return q >= 3 && q % 4 != 2 && prime_of(q) != 0; }

std::string nearest(std::int64_t q) {
  std::int64_t below = q - 1;
  while (below > 2 && !would_do(below)) --below;
  std::int64_t above = std::max<std::int64_t>(q, 2) + 1;
  while (!would_do(above)) ++above;
  return below > 2 ? fmt::format("{} or {}", below, above) : fmt::format("{}", above);
}

/// -1, 0 or 1 of q = 4 w + delta.
std::int64_t delta_of(std::int64_t q) { return q % 4 == 3 ? -1 : q % 4; }

/// The field of q elements, by tables. An element is a polynomial over the integers modulo p, kept
/// as the number with its coefficients as digits to the base p.
class Field {
 public:
  explicit Field(std::int64_t q) : q_(q), p_(prime_of(q)) {
    // x^n = `top` for some polynomial of degree n. Where the powers of x are all q - 1 elements but
    // 0, that polynomial is primitive and they make a field.
    for (std::int64_t top = 1; !list_powers(top); ++top) {
    }
    logarithms_.assign(static_cast<std::size_t>(q), 0);
    for (std::int64_t i = 0; i < q - 1; ++i) logarithms_[static_cast<std::size_t>(power(i))] = i;
  }

  /// Of a primitive element.
  std::int64_t power(std::int64_t exponent) const {
    return powers_[static_cast<std::size_t>(exponent % (q_ - 1))];
  }
  std::int64_t multiply(std::int64_t a, std::int64_t b) const {
    if (a == 0 || b == 0) return 0;
    return power(logarithms_[static_cast<std::size_t>(a)] +
                 logarithms_[static_cast<std::size_t>(b)]);
  }
  std::int64_t add(std::int64_t a, std::int64_t b) const {
    std::int64_t sum = 0;
    for (std::int64_t place = 1; place < q_; place *= p_)
      sum += (a / place + b / place) % p_ * place;
    return sum;
  }

 private:
  bool list_powers(std::int64_t top) {
    powers_.assign(1, 1);
    while (std::ssize(powers_) < q_) {
      const std::int64_t last = powers_.back();
      const std::int64_t leading = last / (q_ / p_);  // becomes the coefficient of x^n
      std::int64_t next = last % (q_ / p_) * p_;
      for (std::int64_t i = 0; i < leading; ++i) next = add(next, top);
      if (next == 1) return std::ssize(powers_) == q_ - 1;
      powers_.push_back(next);
    }
    return false;
  }

  std::int64_t q_, p_;
  std::vector<std::int64_t> powers_;
  std::vector<std::int64_t> logarithms_;
};

/// X (side 0) or X' (side 1).
std::vector<std::int64_t> generators(const Field& field, std::int64_t q, std::int64_t side) {
  std::vector<std::int64_t> set;
  const std::int64_t first_run = delta_of(q) < 0 ? (q + 1) / 2 : q - delta_of(q);
  for (std::int64_t i = 0; i < first_run; i += 2) set.push_back(field.power(i + side));
  if (delta_of(q) < 0)
    for (std::int64_t i = (q - 1) / 2; i < q - 1; i += 2) set.push_back(field.power(i + side));
  return set;
}

}  // namespace

void validate(const SlimFly& p) {
  at_least("gpus_per_router", p.gpus_per_router, 0);
  const auto q = static_cast<double>(p.q);
  const double per_router =
      p.gpus_per_router == 0 ? 0.75 * q + 1.0 : static_cast<double>(p.gpus_per_router);
  check_links(2.0 * q * q * per_router, 2.0 * q * q * (1.5 * q + 2.0 * per_router));
  if (!would_do(p.q))
    throw std::invalid_argument(fmt::format(
        "q = {}, but a Slim Fly takes a prime power that is not 2 more than a multiple of 4, such "
        "as {}",
        p.q, nearest(p.q)));
  at_least("local_cable", p.local_cable.value(), 0.0);
  at_least("global_cable", p.global_cable.value(), 0.0);
}

std::int64_t network_radix(const SlimFly& p) { return (3 * p.q - delta_of(p.q)) / 2; }

std::int64_t endpoints_per_leaf(const SlimFly& p) {
  return p.gpus_per_router == 0 ? (network_radix(p) + 1) / 2 : p.gpus_per_router;
}

std::int64_t endpoints(const SlimFly& p) { return 2 * p.q * p.q * endpoints_per_leaf(p); }

void lay(const SlimFly& p, Builder& builder, std::span<const VertexIndex> gpus) {
  builder.set_structure(Structure::Any);
  const std::int64_t q = p.q;
  const Field field(q);
  const VertexIndex first = builder.add(VertexKind::Router, 1, 2 * q * q);
  const auto router = [=](std::int64_t side, std::int64_t x, std::int64_t y) {
    return static_cast<VertexIndex>(first + (2 * x + side) * q + y);
  };
  const std::int64_t per_router = endpoints_per_leaf(p);
  for (std::int64_t i = 0; i < std::ssize(gpus); ++i) {
    const auto at = static_cast<VertexIndex>(first + i / per_router);
    builder.plug(gpus[static_cast<std::size_t>(i)], at);
    builder.stand(gpus[static_cast<std::size_t>(i)], at, i / per_router / (2 * q));
  }
  for (const std::int64_t side : {0, 1})
    for (const std::int64_t step : generators(field, q, side))
      for (std::int64_t x = 0; x < q; ++x)
        for (std::int64_t y = 0; y < q; ++y)
          if (const std::int64_t z = field.add(y, step); y < z)  // the set holds -step as well
            builder.join(router(side, x, y), router(side, x, z), 1, builder.port(), p.local_cable);
  for (std::int64_t x = 0; x < q; ++x)
    for (std::int64_t m = 0; m < q; ++m)
      for (std::int64_t c = 0; c < q; ++c)
        builder.join(router(0, x, field.add(field.multiply(m, x), c)), router(1, m, c), 1,
                     builder.port(), x == m ? p.local_cable : p.global_cable);
  const std::int64_t n = std::ssize(gpus);
  builder.cut("racks", gpus, [n](std::int64_t i) { return 2 * i >= n - n % 2; });
}

}  // namespace longhaul::fabric
