#include "scenario/checks_sites.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "training/laws/diloco.hpp"
#include "training/laws/named.hpp"
#include "training/laws/scaling.hpp"
#include "training/step_across_sites.hpp"

namespace longhaul::scenario {

namespace {

using training::SitesMethod;

class SitesChecker {
 public:
  SitesChecker(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics)
      : s_(scenario),
        across_(*scenario.run.across_sites),
        reader_(reader),
        diagnostics_(diagnostics) {}

  bool check_all() {
    if (!s_.run.model || !s_.platform)
      return error("", "needs a step to add to; give run.model and cluster.platform"), false;
    check_names();
    check_regions();
    check_streaming();
    check_plan();
    check_gpus();
    if (s_.run.elastic && s_.run.elastic->reshard)
      diagnostics_.error(reader_.where("run.elastic.reshard"),
                         "run.elastic.reshard: state that changes hands would cross from site to "
                         "site; give what it takes as run.elastic.reconfigure");
    return right_;
  }

 private:
  void error(const char* field, std::string what) {
    const std::string table = "run.across_sites";
    const auto path = *field == '\0' ? table : fmt::format("{}.{}", table, field);
    diagnostics_.error(reader_.where(path), fmt::format("{}: {}", path, std::move(what)));
    right_ = false;
  }

  void check_name(const char* field, const std::string& name, bool known,
                  const std::vector<std::string_view>& names) {
    if (!known)
      error(field, fmt::format("there is no law '{}'; take {}", name, fmt::join(names, " or ")));
  }

  void check_names() {
    check_name("replica_law", across_.replica_law,
               training::find_replica_law(across_.replica_law).has_value(),
               training::names_of(training::replica_laws()));
    check_name("memory_law", across_.memory_law,
               training::find_outer_state_law(across_.memory_law).has_value(),
               training::names_of(training::outer_state_laws()));
    if (across_.loss_law)
      check_name("loss_law", *across_.loss_law,
                 training::find_scaling_law(*across_.loss_law).has_value(),
                 training::names_of(training::scaling_laws()));
  }

  void check_regions() {
    if (across_.region_sites == 1) return;
    if (!is_diloco(across_.method))
      error("region_sites",
            "regions exchange by DiLoCo; take method = \"diloco\" or \"streaming-diloco\", or "
            "region_sites = 1");
    else if (across_.sites % across_.region_sites != 0)
      error("region_sites", fmt::format("{} sites are no whole number of regions of {}",
                                        across_.sites, across_.region_sites));
  }

  void check_streaming() {
    if (across_.method != SitesMethod::StreamingDiloco) return;
    if (across_.fragments > across_.inner_steps)
      error("fragments", fmt::format("{} fragments in {} inner steps, but one begins a step at "
                                     "most; take no more than inner_steps",
                                     across_.fragments, across_.inner_steps));
    if (across_.overlap_steps >= across_.inner_steps)
      error("overlap_steps",
            fmt::format("a fragment is back before it is exchanged again; take fewer than "
                        "inner_steps = {}",
                        across_.inner_steps));
  }

  void check_plan() {
    const auto& plan = s_.run.plan;
    if (across_.method != SitesMethod::Pipeline) {
      if (plan.data % across_.sites != 0)
        error("sites", fmt::format("run.plan.data = {} does not divide over {} sites; take a "
                                   "multiple of them",
                                   plan.data, across_.sites));
      return;
    }
    if (plan.pipeline % across_.sites != 0)
      error("sites", fmt::format("run.plan.pipeline = {} does not divide over {} sites; take a "
                                 "multiple of them",
                                 plan.pipeline, across_.sites));
    if (plan.schedule != training::PipelineSchedule::OneForwardOneBackward ||
        plan.virtual_stages > 1)
      error("method",
            "a pipeline through sites runs 1f1b; take run.plan.schedule = \"1f1b\" and "
            "run.plan.virtual_stages = 1");
  }

  void check_gpus() {
    const auto& fabric = s_.platform->fabric;
    if (fabric.sites.sites > 1 &&
        (fabric.sites.sites != across_.sites || across_.method == SitesMethod::Pipeline))
      error("sites", fmt::format("the fabric has {} sites of its own, and its flows cross them; "
                                 "take as many for another method than pipeline, or a fabric of "
                                 "one site",
                                 fabric.sites.sites));
    const auto of_site = across_.sites * fabric.gpus_per_node;
    if (s_.run.gpus % of_site != 0)
      error("sites", fmt::format("run.gpus = {} do not divide into whole nodes of {} GPUs at {} "
                                 "sites; take a multiple of {}",
                                 s_.run.gpus, fabric.gpus_per_node, across_.sites, of_site));
  }

  const Scenario& s_;
  const training::SitesConfig& across_;
  const Reader& reader_;
  Diagnostics& diagnostics_;
  bool right_ = true;
};

}  // namespace

bool check_sites(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics) {
  return SitesChecker(scenario, reader, diagnostics).check_all();
}

}  // namespace longhaul::scenario
