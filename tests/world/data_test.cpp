#include "world/data.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>

using namespace longhaul;

namespace {

doctest::Approx near(double value) { return doctest::Approx(value).epsilon(1e-6); }

world::DataConfig text() {
  world::DataConfig data;
  data.stocks.push_back({"text", tokens(1e13), 1.07});
  return data;
}

}  // namespace

TEST_CASE("stocks grow by the year and add up") {
  auto data = text();
  data.stocks.push_back({"images", tokens(2e13), 1.0});
  CHECK(stock_at(data, seconds(2 * seconds_per_year)).value() == near(1e13 * 1.1449 + 2e13));
}

TEST_CASE("tokens that come again are worth less and less") {
  const auto data = text();
  const auto worth = [&](double epochs) {
    return use_data(data, tokens(1e13), tokens(epochs * 1e13)).worth.value() / 1e13;
  };
  CHECK(worth(0.5) == near(0.5));
  CHECK(worth(1) == near(1));
  // Muennighoff+ 2023: four epochs are nearly as good as new, 1 + 15.39 (1 - e^(-3/15.39)) = 3.726;
  // 40 are worth 1 + 15.39 (1 - e^(-39/15.39)) = 15.17, and more are not tried.
  CHECK(worth(4) == near(1 + 15.387756 * (1 - std::exp(-3 / 15.387756))));
  CHECK(worth(4) > 3.7);
  CHECK(worth(40) == near(1 + 15.387756 * (1 - std::exp(-39 / 15.387756))));
  CHECK(worth(80) == near(worth(40)));
  CHECK(use_data(data, tokens(1e13), tokens(80e13)).seen.value() == near(40e13));
}

TEST_CASE("checked tokens come in where they are worth their FLOP") {
  // Written for 2 N and checked for as much: 2/3 of training. An epoch more is worth 3/5 at
  // 1 + 15.39 ln(5/3) = 8.86 epochs.
  auto data = text();
  data.synthetic = world::Synthetic{1, 1};
  const auto use = use_data(data, tokens(1e13), tokens(1e15));
  CHECK(use.overhead == near(2.0 / 3));
  CHECK(use.epochs == near(1 + 15.387756 * std::log(5.0 / 3)));
  CHECK((use.seen + use.synthetic).value() == near(1e15));
  CHECK(use_data(data, tokens(1e13), tokens(5e13)).synthetic.value() < 1e-3 * 1e13);
}

TEST_CASE("unchecked tokens saturate, and are never worse than none") {
  rc::check([] {
    auto data = text();
    const Tokens wanted = tokens(1e12 * *rc::gen::inRange(1, 2000));
    const Tokens without = use_data(data, tokens(1e13), wanted).worth;
    data.synthetic = world::Synthetic{0, 0.5 + *rc::gen::inRange(0, 100) / 10.0};
    const auto use = use_data(data, tokens(1e13), wanted);
    RC_ASSERT(use.worth >= without * (1 - 1e-9) || use.seen + use.synthetic <= wanted * (1 + 1e-9));
    RC_ASSERT(use.worth <= wanted * (1 + 1e-9));
    RC_ASSERT(use.worth <= tokens(1e13) * (1 + data.repetition + data.synthetic->saturation));
  });
}
