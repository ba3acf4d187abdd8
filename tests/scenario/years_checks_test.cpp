// What is said of worlds and labs that cannot be.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "files.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/writer.hpp"

namespace longhaul::scenario {
namespace {

const std::string head = "title = \"years\"\nstart = 2024-06-01\nduration = \"5 years\"\n";
const std::string lab = "[lab]\nstrategy = \"fixed-length\"\nlength = \"90 days\"\n";
const std::string world =
    "[world]\nscaling = \"hoffmann-2022\"\nalgorithms = {}\n[world.trend]\nchips = 1000\nflops = "
    "\"1 PFLOP/s\"\n";

/// The world with this about algorithms.
std::string progress(const std::string& keys) {
  auto text = world;
  return text.replace(text.find("{}"), 2, "{ " + keys + " }");
}

std::string of(const std::string& text) {
  const Files files;
  return complaints(files, files.write("scenario.toml", text));
}
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a lab, its world and its deadline belong together") {
  CHECK(of(head + lab + world).empty());
  CHECK(has(of(head + lab), "a lab needs a world"));
  CHECK(has(of(head + world), "nobody trains in this world; give [lab]"));
  CHECK(has(of("title = \"years\"\n" + lab + world), "nothing ends the years"));
}

TEST_CASE("a strategy has its parameters") {
  const auto with = [](const std::string& keys) { return of(head + "[lab]\n" + keys + world); };
  CHECK(
      has(with("strategy = \"fixed-length\"\n"),
          "scenario.toml:5:12: error: the strategy \"fixed-length\" needs another parameter; give "
          "length = \"90 days\""));
  CHECK(has(with("strategy = \"restart\"\nlength = \"1 year\"\n"), "threshold = 2.0"));
  CHECK(has(with("strategy = \"wait-for-next\"\nlength = \"1 year\"\n"), "patience"));
  CHECK(with("strategy = \"optimal-length\"\n").empty());
  CHECK(has(with("strategy = \"optimal\"\n"), "optimal-length"));
  CHECK(has(with("strategy = \"restart\"\nlength = \"1 year\"\nthreshold = 1\n"), "threshold"));
  CHECK(has(with("strategy = \"optimal-length\"\nexperiments = 0.6\nserving = 0.5\n"),
            "take 1.1 of the cluster"));
  CHECK(has(with("strategy = \"fixed-length\"\nlength = \"-90 days\"\n"), "length"));
  CHECK(has(with("strategy = \"race\"\nlength = \"1 year\"\nthreshold = 1.2\n"),
            "scenario.toml:5:12: error: there is nobody to race against; give [rival]"));
  CHECK(has(with("strategy = \"optimal-length\"\nover_training = 1e15\n"), "over_training"));
}

TEST_CASE("a world has chips, a scaling law and rates that can be") {
  const auto with = [](const std::string& keys) { return of(head + lab + keys); };
  CHECK(has(with("[world]\nscaling = \"hoffmann-2022\"\nalgorithms = {}\n"),
            "there are no chips in this world"));
  CHECK(has(with("[world]\nscaling = \"hofmann\"\nalgorithms = {}\n[world.trend]\nchips = 1\nflops "
                 "= \"1 FLOP/s\"\n"),
            "there is no scaling law 'hofmann'; take hoffmann-2022 or besiroglu-2024"));
  CHECK(has(with("[world]\nscaling = \"hoffmann-2022\"\nalgorithms = {}\n[world.trend]\nflops = "
                 "\"1 FLOP/s\"\n"),
            "nothing bounds the number of chips"));
  CHECK(has(with(progress("growth = -3")), "world.algorithms.growth"));
  CHECK(has(with(progress("growth = 3, halving = \"8 months\"")),
            "growth and halving exclude each other"));
  CHECK(has(with(progress("jumps = { rate = \"-1 /year\", factor = 3 }")), "rate"));
  // 10 a year for 5 years, each 1,000 times: 1e150.
  CHECK(has(with(progress("jumps = { rate = \"10 /year\", factor = 1000 }")),
            "what grows so for 5 years is no number any more"));
}

TEST_CASE("a phase comes on a date, after the start, and has a peak") {
  const auto with = [](const std::string& keys) {
    return of(head + lab + world + "[[world.phase]]\nname = \"next\"\nchips = 1000\n" + keys);
  };
  CHECK(with("flops = \"2 PFLOP/s\"\ndate = 2025-01-01\n").empty());
  CHECK(has(with("flops = \"2 PFLOP/s\"\ndate = 2024-05-01\n"),
            "the phase comes before the start of the run, 2024-06-01; give a later date"));
  CHECK(has(with("flops = \"2 PFLOP/s\"\n"), "nothing says when"));
  CHECK(has(with("date = 2025-01-01\n"), "its chips have no peak"));
  CHECK(has(with("date = 2025-01-01\nplatform = \"nowhere.toml\"\n"), "nowhere.toml"));
}

TEST_CASE("two labs have two names, and jumps go forward") {
  CHECK(
      has(of(head + lab + world + "[rival]\nlength = \"1 year\"\n"), "both labs are called 'lab'"));
  CHECK(has(of(head + lab + progress("jumps = { rate = \"1 /year\", factor = 0.5 }")),
            "world.algorithms.jumps.factor"));
}

TEST_CASE("revenue is a formula of what it may name") {
  const auto with = [](const std::string& formula) {
    return of(head + lab + world + "[world.revenue]\nformula = \"" + formula + "\"\n");
  };
  CHECK(with("2e9 * sqrt(effective / 1e26) * exp(-years_since_release)").empty());
  CHECK(has(with("2e9 * efective"),
            "no such column: efective; it may name years, "
            "years_since_release, effective, flop, loss, rival"));
  CHECK(has(with("readfile('/etc/passwd')"), "cannot be evaluated"));
}

TEST_CASE("caps come in the order of time, after the start") {
  const auto with = [](const std::string& steps) {
    return of(head + lab + world + "[[world.site]]\nstep = [" + steps + "]\n");
  };
  CHECK(
      with("{ date = 2025-01-01, cap = \"1 MW\" }, { date = 2026-01-01, cap = \"2 MW\" }").empty());
  CHECK(has(with("{ date = 2024-01-01, cap = \"1 MW\" }"),
            "the cap comes before the start of the run, 2024-06-01; give a later date"));
  CHECK(has(with("{ date = 2026-01-01, cap = \"1 MW\" }, { date = 2025-01-01, cap = \"2 MW\" }"),
            "steps come in the order of time"));
}

TEST_CASE("each kind of power that is shipped has its lead time") {
  namespace fs = std::filesystem;
  int n = 0;
  for (const auto& card : fs::directory_iterator(LONGHAUL_SOURCE_ROOT "/scenarios/power")) {
    ++n;
    const auto path = card.path().string();
    CAPTURE(path);
    CHECK(of(head + lab + world + "[[world.site]]\nsource = [{ kind = \"" + path +
             "\", at = \"0 s\", power = \"300 MW\" }]\n")
              .empty());
  }
  CHECK(n >= 5);
  CHECK(has(
      of(head + lab + world + "[[world.site]]\nsource = [{ at = \"0 s\", power = \"300 MW\" }]\n"),
      "kind"));
}

TEST_CASE("scenarios of years are written out and read back the same") {
  const Files files;
  const auto path = files.write(
      "scenario.toml",
      head +
          "[rival]\nname = \"other\"\nstrategy = \"race\"\nlength = \"1 year\"\nthreshold = "
          "1.2\n" +
          lab + world +
          "[world.data]\nstock = [{ name = \"text\", tokens = \"5e14 tokens\", growth = 1.07 }]\n"
          "[world.data.synthetic]\nverification = 0\n"
          "[[world.site]]\nname = \"a\"\ncap = \"100 MW\"\nsource = [{ kind = { name = \"gas\", "
          "lead = "
          "{ uniform = [\"1 year\", \"3 years\"] } }, at = \"1 year\", power = \"300 MW\" }]\n");
  const auto once = resolved_toml(read_scenario(path, {}).scenario, files.path(""));
  const auto again = files.write("again.toml", once);
  CHECK(resolved_toml(read_scenario(again, {}).scenario, files.path("")) == once);
}

}  // namespace
}  // namespace longhaul::scenario
