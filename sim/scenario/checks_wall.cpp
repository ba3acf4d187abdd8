#include "scenario/checks_wall.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fabric/family.hpp"
#include "scenario/checks_fabric.hpp"
#include "training/calibration.hpp"
#include "training/kernels.hpp"
#include "training/laws/critical_batch.hpp"
#include "training/laws/depth.hpp"
#include "training/laws/named.hpp"
#include "training/laws/wall.hpp"
#include "training/wall_run.hpp"

namespace longhaul::scenario {

namespace {

class WallChecker {
 public:
  WallChecker(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics)
      : s_(scenario), reader_(reader), diagnostics_(diagnostics) {}

  void check_all() {
    if (!s_.wall) {
      if (reader_.sound("wall"))
        error("",
              "there is no wall to find; give [wall], for instance as in "
              "scenarios/figures/latency_wall/scenario.toml");
      return;
    }
    const bool lawful = check_laws(*s_.wall);
    if (check_points(*s_.wall) && lawful && reader_.sound("wall")) {
      check_models(*s_.wall);
      check_batches(*s_.wall);
    }
    check_sequence(*s_.wall);
    for (std::size_t i = 0; i < s_.wall->variants.size(); ++i)
      if (const auto path = fmt::format("wall.variant[{}]", i);
          !s_.wall->variants[i].scenario && reader_.sound(path))
        error(path, "a variant is another scenario; give scenario = \"FILE.toml\"");
    check_platform();
    if (s_.run.across_sites)
      error("run.across_sites",
            "a wall is that of runs in one place, or of sites of its fabric; leave it out, and ask "
            "`longhaul step` what exchanges between sites cost");
  }

 private:
  void error(std::string_view path, std::string what) {
    diagnostics_.error(reader_.where(path), std::move(what));
  }

  template <class Law>
  void unknown(std::string_view path, std::string_view kind, const std::string& name,
               std::span<const Law> laws) {
    const auto names = training::names_of(laws);
    const auto meant = closest(name, names);
    error(path,
          meant.empty()
              ? fmt::format("there is no {} law '{}'; take {}", kind, name, fmt::join(names, ", "))
              : fmt::format("there is no {} law '{}'; did you mean '{}'?", kind, name, meant));
  }

  /// Whether all are known and anchored.
  bool check_laws(const training::WallConfig& wall) {
    const auto before = diagnostics_.all().size();
    check_names(wall);
    return diagnostics_.all().size() == before;
  }

  void check_names(const training::WallConfig& wall) {
    const auto model = training::find_model_law(wall.model_law);
    if (!model && reader_.sound("wall.model_law"))
      unknown("wall.model_law", "model", wall.model_law, training::model_laws());
    if (!training::find_depth_law(wall.depth_law))
      unknown("wall.depth_law", "depth", wall.depth_law, training::depth_laws());
    if (!reader_.sound("wall.batch_law")) return;
    const auto batch = training::find_batch_law(wall.batch_law);
    if (!batch) return unknown("wall.batch_law", "batch", wall.batch_law, training::batch_laws());
    if (batch->driver == training::BatchDriver::Loss && model && !model->scaling)
      error("wall.batch_law",
            fmt::format("the batch law {} follows the loss; take a model_law that gives it, "
                        "hoffmann-2022 or besiroglu-2024",
                        batch->name));
    try {
      if (wall.anchor)
        training::anchored(
            *batch, {*wall.anchor, wall.anchor_parameters, wall.anchor_data, wall.anchor_source});
      else if (!batch->factor)
        error("wall.batch_law",
              fmt::format("the batch law {} has no published factor; give anchor, where it holds "
                          "and anchor_source",
                          batch->name));
    } catch (const std::invalid_argument& problem) {
      error("wall.anchor", problem.what());
    }
  }

  bool check_points(const training::WallConfig& wall) {
    if (!reader_.sound("wall.from") || !reader_.sound("wall.to")) return false;
    if (wall.from < wall.to) return true;
    error("wall.to", "compute goes from wall.from to wall.to; give a larger wall.to");
    return false;
  }

  /// Smaller ones are not of the size that they are said to be.
  void check_models(const training::WallConfig& wall) {
    const double n =
        training::model_and_data(training::laws_of(wall).model, wall.from).n_parameters;
    if (n < training::least_parameters)
      error("wall.from",
            fmt::format("the model of {:.2g} FLOP has {:.2g} parameters, but the least "
                        "that is laid out is {:.0e}; take a larger wall.from",
                        wall.from.value(), n, training::least_parameters));
  }

  void check_sequence(const training::WallConfig& wall) {
    if (reader_.sound("wall.sequence") && wall.sequence % training::least_context_tokens != 0)
      error("wall.sequence",
            fmt::format("wall.sequence = {}: sequences are divided over ranks in parts of {} "
                        "tokens; take a multiple of it",
                        wall.sequence, training::least_context_tokens));
  }

  /// Of the least and the largest run, as every law rises or falls all the way.
  void check_batches(const training::WallConfig& wall) {
    const auto laws = training::laws_of(wall);
    for (const auto& [compute, key] : {std::pair(wall.from, "from"), std::pair(wall.to, "to")}) {
      const auto run = training::grown_run(laws, compute);
      const double batch = run.batch.value();
      const double sequences = batch / static_cast<double>(wall.sequence);
      if (!(sequences >= 1))
        error("wall.batch_law",
              fmt::format("the batch of {:.2g} FLOP is {:.2g} tokens, less than a sequence; take a "
                          "shorter wall.sequence or another wall.{}",
                          compute.value(), batch, key));
      else if (!(sequences <= training::most_sequences))
        error("wall.batch_law",
              fmt::format("the batch of {:.2g} FLOP is {:.2g} tokens, more than {:.0e} sequences; "
                          "take another wall.{}, or a smaller anchor",
                          compute.value(), batch, training::most_sequences, key));
      else if (!(run.steps >= 1))
        error("wall.batch_law",
              fmt::format("the batch of {:.2g} FLOP is {:.2g} tokens, more than the run has: less "
                          "than one step; take another wall.{}, or a smaller anchor",
                          compute.value(), batch, key));
    }
  }

  void check_platform() {
    if (!reader_.sound("cluster")) return;
    if (!s_.platform) {
      error("cluster",
            "a wall needs a platform to grow; give cluster.platform = "
            "\"../platforms/clusters/dgx_h100_superpod.toml\"");
      return;
    }
    if (check_fabric(s_.platform->fabric, "cluster.platform.fabric", reader_, diagnostics_))
      if (const auto why = fabric::why_it_cannot_grow(s_.platform->fabric); !why.empty())
        error("cluster.platform.fabric", why);
    const auto precision = s_.run.plan.precision;
    if (reader_.sound("run.plan.precision") &&
        !(training::matrix_peak(s_.platform->chip, precision) > flop_per_second(0)))
      error("run.plan.precision",
            fmt::format("{} has no peak rate for {}; take another", s_.platform->chip.name,
                        training::precision_name(precision)));
  }

  const Scenario& s_;
  const Reader& reader_;
  Diagnostics& diagnostics_;
};

}  // namespace

void check_wall(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics) {
  WallChecker(scenario, reader, diagnostics).check_all();
}

}  // namespace longhaul::scenario
