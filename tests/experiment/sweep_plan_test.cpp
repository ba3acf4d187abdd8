#include "experiment/sweep_plan.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "diagnostics/diagnostic.hpp"

namespace longhaul::experiment {
namespace {

using scenario::Files;

constexpr const char* base = "title = \"t\"\nseed = 7\n[run]\nstep_time = \"1 min\"\n";

/// The sweep of a scenario whose [sweep] and axes are `text`.
struct Planned {
  explicit Planned(const std::string& text, const std::vector<std::string>& options = {})
      : path(files.write("s.toml", std::string(base) + text)),
        plan(scenario::read_sweep(path, {}, options)) {}
  Files files;
  std::string path;
  SweepPlan plan;

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (std::int64_t c = 0; c < plan.n_combinations(); ++c) all.push_back(plan.name(c));
    return all;
  }
};

std::string axis(const std::string& key, const std::string& rest) {
  return "[[sweep.axis]]\nkey = \"" + key + "\"\n" + rest + "\n";
}

/// What planning complains about, without the folder's name.
std::string complaint(const std::string& text, const std::vector<std::string>& options = {}) {
  const Files files;
  const auto path = files.write("s.toml", std::string(base) + text);
  try {
    const SweepPlan plan(scenario::read_sweep(path, {}, options));
  } catch (const InputError& error) {
    std::string said = error.what();
    for (auto at = said.find(files.folder()); at != std::string::npos;
         at = said.find(files.folder()))
      said.erase(at, files.folder().size() + 1);
    return said;
  }
  return {};
}

double number(const Combination& values, std::size_t axis_number) {
  const auto& value = values.at(axis_number)->value;
  return std::holds_alternative<double>(value) ? std::get<double>(value)
                                               : static_cast<double>(std::get<std::int64_t>(value));
}

TEST_CASE("a grid goes through all combinations, the last axis fastest") {
  const Planned p(axis("run.gpus", "values = [8, 16]") +
                  axis("run.checkpoint.interval", "values = [\"daly\", \"30 min\"]"));
  CHECK(p.names() == std::vector<std::string>{"run.gpus = 8, run.checkpoint.interval = 'daly'",
                                              "run.gpus = 8, run.checkpoint.interval = '30 min'",
                                              "run.gpus = 16, run.checkpoint.interval = 'daly'",
                                              "run.gpus = 16, run.checkpoint.interval = '30 min'"});
  CHECK(std::get<std::string>(p.plan.combination(0)[1]->value) == "daly");
  CHECK(number(p.plan.combination(1), 1) == 1800);  // base unit: seconds
}

TEST_CASE("ranges have both their ends, at equal distances or at equal ratios") {
  const Planned p(axis("run.step_time", "range = { from = \"1 s\", to = \"3 s\", n = 5 }") +
                  axis("run.checkpoint.write",
                       "zip = \"z\"\nlog_range = { from = \"1 s\", to = \"16 s\", n = 5 }"));
  REQUIRE(p.plan.n_combinations() == 25);
  // Combination 5 i + j: 1 + i/2 s and 2^j s.
  CHECK(number(p.plan.combination(5), 0) == 1.5);
  CHECK(number(p.plan.combination(24), 0) == 3);
  CHECK(number(p.plan.combination(3), 1) == doctest::Approx(8).epsilon(1e-14));
  CHECK(number(p.plan.combination(4), 1) == 16);
  const Planned whole(axis("run.gpus", "range = { from = 1, to = 4, n = 3 }"));
  CHECK(number(whole.plan.combination(1), 0) == 3);  // 2.5 rounded
}

TEST_CASE("zipped axes go forward together and cross the others") {
  const Planned p(axis("run.gpus", "zip = \"size\"\nvalues = [8, 16]") +
                  axis("run.steps", "zip = \"size\"\nvalues = [100, 50]") +
                  axis("failures.random", "values = [true, false]"));
  CHECK(p.names() ==
        std::vector<std::string>{"run.gpus = 8, run.steps = 100, failures.random = true",
                                 "run.gpus = 8, run.steps = 100, failures.random = false",
                                 "run.gpus = 16, run.steps = 50, failures.random = true",
                                 "run.gpus = 16, run.steps = 50, failures.random = false"});
}

TEST_CASE("conditions take combinations out, and an axis without a meaning counts once") {
  const Planned where("[sweep]\nwhere = \"gpus * steps <= 800\"\n" +
                      axis("run.gpus", "values = [8, 16]") +
                      axis("run.steps", "values = [50, 100]"));
  // 8 x 50, 8 x 100 and 16 x 50 are at most 800.
  CHECK(where.plan.n_combinations() == 3);
  CHECK(where.names().back() == "run.gpus = 16, run.steps = 50");
  const Planned when(axis("run.checkpoint.interval", "values = [\"daly\", \"1 h\"]") +
                     axis("run.checkpoint.write",
                          "when = \"interval = 'daly'\"\nvalues = [\"1 s\", \"2 s\", \"3 s\"]"));
  CHECK(when.names() ==
        std::vector<std::string>{"run.checkpoint.interval = 'daly', run.checkpoint.write = '1 s'",
                                 "run.checkpoint.interval = 'daly', run.checkpoint.write = '2 s'",
                                 "run.checkpoint.interval = 'daly', run.checkpoint.write = '3 s'",
                                 "run.checkpoint.interval = '1 h'"});
}

TEST_CASE("a formula follows from other axes, in base units") {
  const Planned p(axis("run.gpus", "values = [8, 16]") +
                  axis("run.steps", "formula = \"1600 / gpus\"") +
                  axis("run.step_time", "formula = \"gpus / 4.0\""));
  CHECK(p.names() ==
        std::vector<std::string>{"run.gpus = 8, run.steps = 200, run.step_time = \"2 s\"",
                                 "run.gpus = 16, run.steps = 100, run.step_time = \"4 s\""});
}

TEST_CASE("samples are quantiles of the distribution, crossed with the grid") {
  const Planned p("[sweep]\nsamples = 100\n" + axis("run.gpus", "values = [8, 16]") +
                  axis("run.step_time", "sample = { uniform = [\"10 s\", \"20 s\"] }"));
  REQUIRE(p.plan.n_combinations() == 200);
  std::set<int> slices;
  double sum = 0;
  for (std::int64_t c = 0; c < 100; ++c) {
    const auto values = p.plan.combination(c);
    CHECK(number(values, 0) == 8);
    const double s = number(values, 1);
    slices.insert(static_cast<int>((s - 10) * 10));  // a Latin hypercube: one in each of 100 slices
    sum += s;
    CHECK(number(p.plan.combination(c + 100), 1) == s);  // the same rows in each place of the grid
  }
  CHECK(slices.size() == 100);
  CHECK(sum / 100 == doctest::Approx(15).epsilon(0.002));  // each off by 0.03 s at random
}

TEST_CASE("saltelli's design exchanges one axis at a time between two samples") {
  const Planned p("[sweep]\ndesign = \"saltelli\"\nsamples = 8\n" +
                  axis("run.step_time", "sample = { uniform = [\"10 s\", \"20 s\"] }") +
                  axis("run.gpus", "values = [8, 16, 32]"));
  REQUIRE(p.plan.n_combinations() == 8 * 4);
  std::map<double, int> gpus;
  for (std::int64_t base_sample = 0; base_sample < 8; ++base_sample) {
    const auto a = p.plan.combination(4 * base_sample);
    const auto b = p.plan.combination(4 * base_sample + 1);
    const auto first = p.plan.combination(4 * base_sample + 2);
    const auto second = p.plan.combination(4 * base_sample + 3);
    CHECK(number(first, 0) == number(b, 0));
    CHECK(number(first, 1) == number(a, 1));
    CHECK(number(second, 0) == number(a, 0));
    CHECK(number(second, 1) == number(b, 1));
    ++gpus[number(a, 1)];
  }
  CHECK(gpus.size() == 3);  // listed values are as likely as each other
}

TEST_CASE("one at a time leaves all axes but one as the scenario has them") {
  const Planned p("[sweep]\ndesign = \"one-at-a-time\"\n" +
                  axis("run.step_time", "sample = { uniform = [\"10 s\", \"20 s\"] }") +
                  axis("run.gpus", "values = [8, 16, 32]"));
  CHECK(p.names() == std::vector<std::string>{"the scenario as it is", "run.step_time = \"10.5 s\"",
                                              "run.step_time = \"19.5 s\"", "run.gpus = 8",
                                              "run.gpus = 32"});
}

TEST_CASE("repeats have seeds of their own, the same in every combination unless asked otherwise") {
  const auto axes = axis("run.gpus", "values = [8, 16]");
  const Planned common(axes);
  CHECK(common.plan.seed(0, 0) == common.plan.seed(1, 0));
  CHECK(common.plan.seed(0, 0) != common.plan.seed(0, 1));
  CHECK(common.plan.seed(0, 3) < (std::int64_t{1} << 53));
  const Planned own("[sweep]\nseeds = \"independent\"\n" + axes);
  CHECK(own.plan.seed(0, 0) != own.plan.seed(1, 0));
  // By name, not by number: another value before it leaves a combination its seeds.
  const Planned longer("[sweep]\nseeds = \"independent\"\n" + axis("run.gpus", "values = [4, 8]"));
  CHECK(longer.plan.seed(1, 5) == own.plan.seed(0, 5));
  CHECK(common.plan.assignments(1, 0) ==
        std::vector<std::string>{"run.gpus=16", "seed=" + std::to_string(common.plan.seed(1, 0))});
}

TEST_CASE("axes of the command line replace those of the file or join them") {
  const auto axes = axis("run.gpus", "zip = \"z\"\nvalues = [8, 16]") +
                    axis("run.steps", "zip = \"z\"\nvalues = [1, 2]");
  const Planned p(axes, {"run.gpus=1,2", "run.step_time=1 s..4 s/3/log",
                         "run.checkpoint.interval=daly,30 min"});
  CHECK(p.plan.n_combinations() == 2 * 3 * 2);
  CHECK(p.plan.name(2) ==
        "run.gpus = 1, run.steps = 1, run.step_time = \"2 s\", "
        "run.checkpoint.interval = 'daly'");
}

TEST_CASE("what is wrong with a sweep is said where it stands") {
  const auto one = axis("run.gpus", "values = [8]");
  const std::vector<std::pair<std::string, std::string>> cases{
      {axis("run.gpsu", "values = [8]"),
       "s.toml:6:7: error: there is no field 'run.gpsu'; did you mean 'run.gpus'?"},
      {axis("run", "values = [8]"),
       "s.toml:6:7: error: 'run' is a table or stands in a list; an axis varies one field, or a "
       "card that is named by its path"},
      {axis("failures.causes.cause[0].count", "values = [8]"),
       "s.toml:6:7: error: 'failures.causes.cause[0].count' is a table or stands in a list; an "
       "axis varies one field, or a card that is named by its path"},
      {axis("seed", "values = [8]"),
       "s.toml:6:7: error: the seed is no axis; set sweep.repeats, each repeat has its own"},
      {axis("run.gpus", "values = [8, 1.5]"),
       "s.toml:7:14: error: run.gpus = 1.5, but a whole number is wanted"},
      {axis("run.gpus", "values = []"),
       "s.toml:7:10: error: sweep.axis[0].values = an empty list, "
       "but a list of values is wanted"},
      {axis("run.gpus", "values = [1]\nformula = \"2\""),
       "s.toml:6:7: error: axis run.gpus wants exactly one of values, range, log_range, sample and "
       "formula"},
      {axis("run.fidelity", "range = { from = 1, to = 2, n = 2 }"),
       "s.toml:7:18: error: run.fidelity is no number; give its axis values"},
      {axis("run.gpus", "log_range = { from = 1, to = 2, n = 1 }"),
       "s.toml:7:37: error: sweep.axis[0].log_range.n = 1, but 2 to 1e+06 is wanted"},
      {one + one, "s.toml:9:7: error: a second axis for run.gpus"},
      {one + axis("cluster.platform.fabric.three_layer_clos.pods", "name = \"gpus\"\nvalues = [1]"),
       "s.toml:9:7: error: axes run.gpus and cluster.platform.fabric.three_layer_clos.pods are "
       "both called 'gpus'; "
       "give one a name"},
      {axis("run.gpus", "zip = \"z\"\nvalues = [8, 16]") +
           axis("run.steps", "zip = \"z\"\nvalues = [1]"),
       "s.toml:10:7: error: run.steps has 1 values, but an axis zipped with it has 2"},
      {axis("run.step_time", "sample = { uniform = [\"1 s\", \"2 s\"] }"),
       "s.toml:5:1: error: an axis is sampled; say how often: samples = 1000"},
      {axis("run.step_time", "sample = { uniform = [\"2 s\", \"1 s\"] }"),
       "s.toml:5:1: error: an axis is sampled; say how often: samples = 1000\n"
       "s.toml:7:10: error: run.step_time: uniform wants its lowest value first"},
      {"[sweep]\nwhere = \"gpus >\"\n" + one,
       "s.toml:6:9: error: 'gpus >' cannot be evaluated: near \")\": syntax error; it may name "
       "gpus"},
      {"[sweep]\nwhere = \"gpus > 9\"\n" + one,
       "s.toml:6:9: error: none of 1 combinations is left by the conditions"},
      {axis("run.gpus", "formula = \"1 / 0\""),
       "s.toml:6:7: error: 1 / 0 is nothing (NULL) in a combination; does it divide by zero, or "
       "name an axis that is not set there?"},
      {"[sweep]\nprecision = { metric = \"ettr\" }\n" + one,
       "s.toml:5:1: error: an interval wants repeats = 3 at the least; take 10"},
      {axis("run.gpus", "range = { from = 1, to = 9, n = 1000000 }") +
           axis("run.steps", "range = { from = 1, to = 9, n = 1000 }"),
       "s.toml:5:1: error: 1e+09 combinations are more than the 10 million that can be laid out; "
       "take fewer values"},
  };
  for (const auto& [text, says] : cases) {
    const auto& given = text;
    CAPTURE(given);
    CHECK(complaint(given) == says);
  }
  CHECK(complaint("", {"run.gpus"}) ==
        "--sweep run.gpus: error: write --sweep key.path=a,b,c, for instance --sweep "
        "run.checkpoint.interval=young,daly,\"30 min\"");
  CHECK(complaint("", {"run.gpus=1..4"}) ==
        "--sweep run.gpus=1..4: error: a range is from..to/n with n of 2 to 1,000,000 values, for "
        "instance \"10 min..60 min/6\", or from..to/n/log");
}

TEST_CASE("a formula is evaluated in every combination before any is simulated") {
  CHECK(complaint(axis("recovery.detect", "values = [\"1 s\", \"2 s\", \"3 s\"]") +
                  axis("run.step_time", "formula = \"6 / ((detect - 2) * (detect - 2))\"")) ==
        "s.toml:9:7: error: 6 / ((detect - 2) * (detect - 2)) is nothing (NULL) at "
        "recovery.detect = '2 s'; does it divide by zero, or name an axis that is not set there?");
}

TEST_CASE("independent seeds do not depend on where the scenario stands") {
  const auto text = "[sweep]\nseeds = \"independent\"\n" +
                    axis("failures.causes", "values = [\"a.toml\", \"../b.toml\"]");
  const Planned here(text);
  const Planned there(text);  // in another folder
  CHECK(here.plan.assignments(0, 0)[0] != there.plan.assignments(0, 0)[0]);
  CHECK(here.plan.seed(0, 0) == there.plan.seed(0, 0));
  CHECK(here.plan.seed(0, 0) != here.plan.seed(1, 0));
  CHECK(here.names() ==
        std::vector<std::string>{"failures.causes = 'a.toml'", "failures.causes = '../b.toml'"});
}

TEST_CASE("a confidence of 0 or 1 is none") {
  for (const std::string confidence : {"0.0", "1.0"}) {
    CAPTURE(confidence);
    CHECK(complaint("[sweep]\nrepeats = 5\nprecision = { metric = \"ettr\", confidence = " +
                    confidence + " }\n" + axis("run.gpus", "values = [8]"))
              .find("sweep.precision.confidence = " + confidence.substr(0, 1)) !=
          std::string::npos);
  }
}

TEST_CASE("a path that goes up is no range") {
  const Planned up("", {"failures.causes=../a.toml,../b.toml"});
  CHECK(up.names() ==
        std::vector<std::string>{"failures.causes = '../a.toml'", "failures.causes = '../b.toml'"});
  const Planned second("", {"failures.causes=a.toml,../2"});
  CHECK(second.plan.n_combinations() == 2);
  const Planned inside("", {"failures.causes=a..b.toml"});
  CHECK(inside.plan.n_combinations() == 1);
  const Planned range("", {"run.step_time=1 s..2 s/5/log"});
  CHECK(range.plan.n_combinations() == 5);
}

TEST_CASE("a zip counts once only where all of its axes are off") {
  const auto detect = axis("recovery.detect", "values = [\"0 s\", \"5 s\"]");
  const std::string off = "zip = \"z\"\nwhen = \"detect > 0\"\n";
  const auto read = axis("run.checkpoint.read", off + "values = [\"1 s\", \"2 s\", \"3 s\"]");
  const Planned one(detect + axis("run.steps", "zip = \"z\"\nvalues = [10, 20, 30]") + read);
  CHECK(one.plan.n_combinations() == 6);
  CHECK(one.plan.name(2) == "recovery.detect = '0 s', run.steps = 30");
  const Planned both(detect + axis("run.steps", off + "values = [10, 20, 30]") + read);
  CHECK(both.plan.n_combinations() == 4);
}

TEST_CASE("samples count once where no sampled axis is set") {
  const Planned p("[sweep]\nsamples = 3\n" +
                  axis("recovery.detect", "values = [\"0 s\", \"5 s\"]") +
                  axis("run.step_time",
                       "when = \"detect > 0\"\n"
                       "sample = { uniform = [\"1 s\", \"2 s\"] }"));
  CHECK(p.plan.n_combinations() == 4);
  CHECK(p.plan.name(0) == "recovery.detect = '0 s'");
}

TEST_CASE("numbers that a field cannot take as they are, and other mistakes") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {axis("run.steps", "range = { from = 1, to = 2, n = 5 }"),
       "run.steps: 5 values from 1 to 2 are rounded to the same whole number more than once; n = 2 "
       "gives each once"},
      {axis("run.gpus", "values = [20, 21]") + axis("run.steps", "formula = \"gpus / 2.0\""),
       "gpus / 2.0 is 10.5 at run.gpus = 21, but a whole number up to 9e15 is wanted"},
      {axis("run.steps", "formula = \"1e300\""),
       "1e300 is 1e+300 in a combination, but a whole number up to 9e15 is wanted"},
      {"[sweep]\ndesign = \"one-at-a-time\"\n" + axis("run.gpus", "values = [8, 16]") +
           axis("run.steps", "formula = \"gpus\""),
       "no formula in this design: axes that stay as the scenario has them are not set"},
      {"[sweep]\nwhere = \"gpus > 9\"\n",
       "'gpus > 9' cannot be evaluated: no such column: gpus; there are no axes"},
  };
  for (const auto& [text, says] : cases) {
    const auto& given = text;
    CAPTURE(given);
    const auto said = complaint(given);
    CAPTURE(said);
    CHECK(said.ends_with(says));
  }
}

TEST_CASE("a word that a formula gives in one combination is checked while planning") {
  CHECK(complaint(axis("run.gpus", "values = [8, 16]") +
                  axis("run.step_time", "formula = \"iif(gpus > 8, 'soon', '1 s')\""))
            .ends_with(", at run.gpus = 16"));
}

}  // namespace
}  // namespace longhaul::experiment
