#include <doctest/doctest.h>

#include "diagnostics/diagnostic.hpp"

namespace longhaul {
namespace {

TEST_CASE("mistakes are reported together, in the order of file, line and column") {
  Diagnostics diagnostics;
  CHECK_NOTHROW(diagnostics.throw_if_any());
  diagnostics.error({"b.toml", 2, 1}, "second");
  diagnostics.error({"b.toml", 1, 9}, "first");
  diagnostics.error({"a.toml"}, "no such file");
  CHECK_THROWS_WITH_AS(
      diagnostics.throw_if_any(),
      "a.toml: error: no such file\nb.toml:1:9: error: first\nb.toml:2:1: error: second",
      InputError);
}

TEST_CASE("a misspelt word finds what was meant, an unrelated one nothing") {
  CHECK(closest("falures", {"failures", "recovery"}) == "failures");
  CHECK(closest("gpu", {"gpus", "seed"}) == "gpus");
  CHECK(closest("tpd", {"nic", "tdp"}) == "tdp");  // one swap, of three letters
  CHECK(closest("bca", {"abc"}).empty());          // two
  CHECK(closest("banana", {"failures", "recovery"}).empty());
  CHECK(closest(std::string(100'000, 'x'), {"failures"}).empty());
}

}  // namespace
}  // namespace longhaul
