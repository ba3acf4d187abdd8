#include "experiment/placed_step.hpp"

#include <algorithm>

#include "engine/settings.hpp"
#include "engine/step_oracle.hpp"

namespace longhaul::experiment {

namespace {

using fabric::VertexIndex;

/// Placements with a known answer: 25 MB of 50,000 nodes, however long the run.
constexpr std::size_t most_remembered = 64;

}  // namespace

PlacedStep::PlacedStep(const scenario::Scenario& scenario, BuiltPlatform& platform,
                       const operations::RunNodes& nodes)
    : s_(scenario), built_(platform), nodes_(nodes) {
  const auto& run = s_.run;
  traffic_ = training::traffic(run.model->shape, run.plan, run.batch,
                               s_.platform->fabric.gpus_per_node, run.efficiency->expert_dedup);
  if (built_.zone())
    oracle_ = std::make_unique<engine::ForkedServer>(
        [this](const std::string& request) { return answer(request); });
}

std::vector<VertexIndex> PlacedStep::gpus_of_ranks(const Placement& placement) const {
  const auto per_node = s_.platform->fabric.gpus_per_node;
  std::vector<VertexIndex> gpus;
  gpus.reserve(placement.size() * static_cast<std::size_t>(per_node));
  for (const auto node : placement)
    for (std::int64_t i = 0; i < per_node; ++i)
      gpus.push_back(static_cast<VertexIndex>(node * per_node + i));
  return gpus;
}

training::PhaseSeconds PlacedStep::analytic_times(const Placement& placement) const {
  return training::placed_times(traffic_, gpus_of_ranks(placement), built_.router(),
                                *s_.run.efficiency);
}

training::PhaseSeconds PlacedStep::work_out(const Placement& placement) {
  if (!oracle_) return analytic_times(placement);
  const auto times =
      engine::values_of<double>(oracle_->ask(engine::bytes_of(gpus_of_ranks(placement))));
  training::PhaseSeconds result{};
  std::transform(times.begin(), times.end(), result.begin(), seconds);
  return result;
}

training::StepTime PlacedStep::compose(const training::PhaseSeconds& times) const {
  const auto& run = s_.run;
  return training::step_time(run.model->shape, run.plan, run.batch, s_.platform->chip,
                             *run.efficiency, traffic_, times);
}

/// In the oracle's child: seconds of each phase of a step on these GPUs.
std::string PlacedStep::answer(const std::string& request) {
  engine::start_engine(engine::Clock::Detail);
  const auto gpus = engine::values_of<VertexIndex>(request);
  std::vector<double> times;
  for (const auto& time : engine::flow_times(*built_.zone(), traffic_, gpus, *s_.run.efficiency))
    times.push_back(time.value());
  return engine::bytes_of(times);
}

/// The state of the traffic as far as a placement changes it. Pods have full bisection inside and
/// all leaves are alike, so of a node only its pod matters and its place under its leaf, by which
/// D-mod-k chooses its uplinks.
Placement PlacedStep::state_of(const Placement& placement) const {
  Placement state(placement.size());
  std::transform(placement.begin(), placement.end(), state.begin(), [this](std::int64_t node) {
    return node / nodes_.per_pod * nodes_.per_leaf + node % nodes_.per_leaf;
  });
  return state;
}

training::PhaseSeconds PlacedStep::times(const Placement& placement) {
  auto state = state_of(placement);
  const auto known = std::ranges::find_if(
      remembered_, [&state](const auto& answer) { return answer.first == state; });
  if (known != remembered_.end()) {
    remembered_.splice(remembered_.begin(), remembered_, known);
    return known->second;
  }
  remembered_.emplace_front(std::move(state), work_out(placement));
  if (remembered_.size() > most_remembered) remembered_.pop_back();
  return remembered_.front().second;
}

}  // namespace longhaul::experiment
