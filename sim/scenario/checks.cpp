#include "scenario/checks.hpp"

#include <fmt/format.h>

#include <set>
#include <stdexcept>

#include "training/memory.hpp"
#include "units/format.hpp"

namespace longhaul::scenario {

namespace {

class Checker {
 public:
  Checker(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics)
      : s_(scenario), reader_(reader), diagnostics_(diagnostics) {}

  void check_all() {
    check_end();
    check_step();
    check_platform();
    check_checkpoint();
    check_failures();
  }

 private:
  void error(std::string_view path, std::string what) {
    diagnostics_.error(reader_.where(path), std::move(what));
  }

  void check_end() {
    if (!s_.duration && !s_.run.steps)
      error("", "nothing ends the run; give duration = \"54 days\" or run.steps = 1000000");
  }

  void check_step() {
    const auto& run = s_.run;
    if (run.step_time && run.model)
      error("run.step_time", "run.step_time and run.model exclude each other; take one out");
    if (!run.step_time && !run.model)
      error("run",
            "the run has no step time; give run.model = \"models/llama3_405b.toml\" or "
            "run.step_time = \"5 s\"");
    if (!run.model) return;
    if (run.batch.sequence < 1)
      error("run.sequence", "missing key 'run.sequence' (tokens of a sequence), for instance 8192");
    if (run.batch.sequences < 1)
      error("run.global_batch",
            "missing key 'run.global_batch' (sequences of a step), for instance 2048");
    if (!s_.platform) {
      error("cluster",
            "a model needs a platform; give cluster.platform = "
            "\"../platforms/clusters/meta_24k_roce.toml\"");
      return;
    }
    if (run.batch.sequence < 1 || run.batch.sequences < 1) return;
    const auto wrong = training::problems(run.plan, run.model->shape, run.batch, run.gpus);
    for (const auto& problem : wrong)
      error(place_of(problem.field), fmt::format("{}; {}", problem.what, problem.fix));
    if (!wrong.empty()) return;
    const auto memory =
        training::check_memory(run.model->shape, run.plan, run.batch, s_.platform->chip);
    if (!memory.fits) error("run.plan", memory.advice);
  }

  /// Where a field that a plan's problem names stands in the file.
  static std::string place_of(const std::string& field) {
    static const std::set<std::string, std::less<>> of_model{
        "layers", "hidden", "ffn_hidden", "heads", "kv_heads", "head_dim", "vocab"};
    if (field == "gpus") return "run.gpus";
    if (field == "sequence") return "run.sequence";
    if (field == "sequences") return "run.global_batch";
    if (of_model.contains(field)) return "run.model." + field;
    return "run.plan." + field;
  }

  void check_platform() {
    if (!s_.platform) return;
    try {
      fabric::validate(s_.platform->fabric);
    } catch (const std::invalid_argument& problem) {
      error("cluster.platform.fabric", problem.what());
      return;
    }
    const auto& fabric = s_.platform->fabric;
    const auto node = fabric.gpus_per_node;
    const auto installed = node * fabric.nodes_per_leaf * fabric.leaves_per_pod * fabric.pods;
    if (s_.run.gpus > installed)
      error("run.gpus", fmt::format("run.gpus = {}, but {} has {}; take at most that many",
                                    s_.run.gpus, s_.platform->name, installed));
    if (s_.run.gpus % node != 0)
      error("run.gpus", fmt::format("run.gpus = {} leaves a node of {} GPUs partly used; take {} "
                                    "or {}",
                                    s_.run.gpus, node, s_.run.gpus / node * node,
                                    (s_.run.gpus / node + 1) * node));
  }

  void check_checkpoint() {
    const auto& checkpoint = s_.run.checkpoint;
    if (!s_.run.model && !checkpoint.write)
      error("run.checkpoint.write",
            "without a model the size of a checkpoint is not known; give "
            "run.checkpoint.write = \"5 min\"");
  }

  void check_failures() {
    const auto& failures = s_.failures;
    if (failures.replay && !failures.causes)
      error("failures.replay", "a replay needs failures.causes, which name what its rows refer to");
    if (!failures.causes) return;
    std::set<std::string, std::less<>> names;
    for (std::size_t i = 0; i < failures.causes->causes.size(); ++i)
      if (!names.insert(failures.causes->causes[i].name).second)
        error(fmt::format("failures.causes.cause[{}].name", i),
              fmt::format("cause '{}' is named twice; give each cause a name of its own",
                          failures.causes->causes[i].name));
  }

  const Scenario& s_;
  const Reader& reader_;
  Diagnostics& diagnostics_;
};

}  // namespace

void check(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics) {
  Checker(scenario, reader, diagnostics).check_all();
}

}  // namespace longhaul::scenario
