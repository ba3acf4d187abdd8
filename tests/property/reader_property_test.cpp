// Whatever a file holds, it is read, or refused with places; nothing else happens.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "../scenario/small_run.hpp"
#include "diagnostics/diagnostic.hpp"
#include "mutations.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/writer.hpp"

namespace longhaul::scenario {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

struct Tally {
  int n_read = 0, n_refused = 0;
  double slowest_s = 0;
};

/// Reads a scenario; what is read has to read back from its resolved text.
void try_to_read(const Files& files, const std::string& path, Tally& tally) {
  const double begin_s = now_s();
  try {
    const auto loaded = read_scenario(path, {});
    const auto text = resolved_toml(loaded.scenario, files.folder());
    const auto again = read_scenario(files.write("resolved.toml", text), {});
    CHECK(resolved_toml(again.scenario, files.folder()) == text);
    ++tally.n_read;
  } catch (const InputError& refused) {
    for (const auto& diagnostic : refused.diagnostics()) {
      if (diagnostic.where.file.empty() || diagnostic.what.empty())
        FAIL_CHECK("a mistake without a place: " << diagnostic.what);
      if (diagnostic.where.file.find("resolved.toml") != std::string::npos)
        FAIL_CHECK("what was written is refused: " << refused.what());
    }
    ++tally.n_refused;
  }
  tally.slowest_s = std::max(tally.slowest_s, now_s() - begin_s);
}

TEST_CASE("a scenario that is mutilated is read or refused, quickly and in little memory") {
  const char* rounds = std::getenv("LONGHAUL_FUZZ_ROUNDS");
  const char* seed = std::getenv("LONGHAUL_FUZZ_SEED");
  const int n_rounds = rounds != nullptr ? std::atoi(rounds) : 1500;
  const Files files;
  write_small_run(files);
  std::vector<std::string> texts;
  for (const auto& [name, text] : small_run) texts.emplace_back(text);
  for (const auto& path : shipped_scenarios()) texts.push_back(text_of(path));
  texts.push_back(text_of(LONGHAUL_SOURCE_ROOT "/platforms/chips/h100_80gb_sxm.toml"));

  const double memory_before = peak_memory_bytes();
  Tally tally;
  Mutator mutator(seed != nullptr ? std::strtoull(seed, nullptr, 10) : 1);
  for (int round = 0; round < n_rounds; ++round) {
    // One file of the small run is mutilated, the others are whole.
    const auto which = mutator.below(std::size(small_run));
    const auto& other = texts[mutator.below(texts.size())];
    const auto text = mutator.mutate(small_run[which].text, other);
    CAPTURE(round);
    CAPTURE(small_run[which].name);
    CAPTURE(text);
    files.write(small_run[which].name, text);
    try {
      try_to_read(files, files.path("scenario.toml"), tally);
    } catch (const std::exception& problem) {
      FAIL_CHECK("neither read nor refused: " << problem.what());
    }
    files.write(small_run[which].name, small_run[which].text);
  }
  MESSAGE(tally.n_read << " read, " << tally.n_refused << " refused, the slowest in "
                       << 1e3 * tally.slowest_s << " ms");
  // Both happen often enough for the test to mean something.
  CHECK(tally.n_read > n_rounds / 20);
  CHECK(tally.n_refused > n_rounds / 4);
  CHECK(tally.slowest_s < 5);
  CHECK(peak_memory_bytes() - memory_before < 500e6);
}

TEST_CASE("numbers beyond all reason are read or refused") {
  const Files files;
  const auto path = write_small_run(files);
  Tally tally;
  for (const char* key : {"run.gpus",
                          "run.sequence",
                          "run.global_batch",
                          "run.plan.tensor",
                          "run.plan.pipeline",
                          "run.plan.data",
                          "run.plan.context",
                          "run.plan.virtual_stages",
                          "run.plan.microbatch",
                          "run.model.layers",
                          "run.model.hidden",
                          "run.model.heads",
                          "run.model.kv_heads",
                          "run.model.vocab",
                          "run.model.head_dim",
                          "run.model.ffn_hidden",
                          "run.steps",
                          "seed",
                          "cluster.platform.fabric.three_layer_clos.pods",
                          "cluster.platform.fabric.gpus_per_node",
                          "cluster.platform.fabric.three_layer_clos.cores",
                          "cluster.platform.fabric.three_layer_clos.gpus_per_leaf",
                          "cluster.platform.fabric.three_layer_clos.leaves_per_pod",
                          "cluster.platform.fabric.three_layer_clos.aggregation_per_pod",
                          "failures.causes.gpus",
                          "cluster.platform.chip.multiprocessors"})
    for (const char* value : {"1", "999999937", "1000000000", "1000000000000000",
                              "9000000000000000", "9223372036854775807", "\"9e15\"", "1e300"}) {
      CAPTURE(key);
      CAPTURE(value);
      try {
        read_scenario(path, {std::string(key) + "=" + value});
        ++tally.n_read;
      } catch (const InputError&) {
        ++tally.n_refused;
      }
    }
  CHECK(tally.n_read > 0);
  CHECK(tally.n_refused > 100);
}

TEST_CASE("depth and length are bounded") {
  const Files files;
  const auto path = write_small_run(files);
  const auto good = text_of(path);
  const auto repeated = [](const char* piece, int n) {
    std::string text;
    for (int i = 0; i < n; ++i) text += piece;
    return text;
  };
  const std::vector<std::string> texts{
      repeated("a.", 100'000) + "a = 1\n",
      "[" + repeated("a.", 100'000) + "a]\n",
      repeated("\"/\".", 100'000) + "a = 1\n",
      repeated("a . ", 100'000) + "a = 1\n",
      "a = " + repeated("[", 100'000),
      "a = " + repeated("{a=", 100'000),
      "a = [" + repeated("1,", 200'000) + "]\n",
      repeated("[[a]]\n", 20'000),
      "a = \"" + repeated("x", 1'000'000) + "\"\n",
      repeated("x", 1'000'000),
      repeated("\n", 1'000'000),
      "a = " +
          repeated("{"
                   "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=",
                   200) +
          "1" + repeated("}", 200) + "\n",
  };
  for (const auto& text : texts) {
    CAPTURE(text.substr(0, 40));
    const double begin_s = now_s();
    files.write("scenario.toml", text + good);
    complaints(files, path);
    files.write("scenario.toml", good);
    files.write("cards/chip.toml", text);
    CHECK_FALSE(complaints(files, path).empty());
    CHECK(now_s() - begin_s < 20);
    write_small_run(files);
  }
}

}  // namespace
}  // namespace longhaul::scenario
