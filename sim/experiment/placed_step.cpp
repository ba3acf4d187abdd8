#include "experiment/placed_step.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "engine/settings.hpp"
#include "engine/step_oracle.hpp"

namespace longhaul::experiment {

namespace {

using fabric::VertexIndex;

/// Placements with a known answer: 25 MB of 50,000 nodes, however long the run.
constexpr std::size_t most_remembered = 64;

/// Nodes that are compared at once, as most of them stay where they are.
constexpr std::size_t block = 256;

}  // namespace

PlacedStep::PlacedStep(const scenario::Scenario& scenario, BuiltPlatform& platform, DeadParts& dead,
                       const operations::RunNodes& nodes)
    : s_(scenario), built_(platform), dead_(dead), nodes_(nodes) {
  const auto& run = s_.run;
  const auto& across = run.across_sites;
  traffic_ = training::traffic(run.model->shape, across ? site_plan(*across, run.plan) : run.plan,
                               across ? site_batch(*across, run.batch) : run.batch,
                               s_.platform->fabric.gpus_per_node, run.efficiency->expert_dedup);
  if (built_.zone())
    oracle_ = std::make_unique<engine::ForkedServer>(
        [this](const std::string& request) { return answer(request); });
}

VertexIndex PlacedStep::gpu_of(std::int64_t node, std::int64_t i) const {
  if (node < 0) throw std::logic_error("a step was asked for while a position is vacant");
  return built_.fabric().gpu_at(node * s_.platform->fabric.gpus_per_node + i);
}

std::vector<VertexIndex> PlacedStep::gpus_of_ranks(const Placement& placement) const {
  return gpus_of(placement);
}

std::vector<VertexIndex> PlacedStep::gpus_of(Nodes nodes) const {
  const auto per_node = s_.platform->fabric.gpus_per_node;
  std::vector<VertexIndex> gpus;
  gpus.reserve(nodes.size() * static_cast<std::size_t>(per_node));
  for (const auto node : nodes)
    for (std::int64_t i = 0; i < per_node; ++i) gpus.push_back(gpu_of(node, i));
  return gpus;
}

PlacedStep::Nodes PlacedStep::of_one_site(const Placement& placement, Placement& room) const {
  const auto& run = s_.run;
  const auto sites = run.across_sites ? data_sites(*run.across_sites) : 1;
  if (sites == 1) return placement;
  const auto n_here = run.gpus / sites / s_.platform->fabric.gpus_per_node;
  const auto of_fabric = s_.platform->fabric.sites.sites;
  if (of_fabric == 1) return Nodes(placement).first(static_cast<std::size_t>(n_here));
  const auto per_site = nodes_.platform / of_fabric;
  const auto site_of = [&](std::int64_t node) { return std::min(node / per_site, of_fabric - 1); };
  Placement count(static_cast<std::size_t>(of_fabric), 0);
  for (const auto node : placement) ++count[static_cast<std::size_t>(site_of(node))];
  const auto fullest = std::ranges::max_element(count) - count.begin();
  // Its own part of the placement, where others of its nodes take the places of those elsewhere: so
  // few move from one placement to the next.
  const auto begin = std::min(fullest * n_here, std::ssize(placement) - n_here);
  const auto first = placement.begin() + begin, last = first + n_here;
  const auto stands_here = [&](std::int64_t node) { return site_of(node) == fullest; };
  Placement others;
  std::copy_if(placement.begin(), first, std::back_inserter(others), stands_here);
  std::copy_if(last, placement.end(), std::back_inserter(others), stands_here);
  room.assign(first, last);
  auto next = others.begin();
  for (auto& node : room)
    if (!stands_here(node) && next != others.end()) node = *next++;
  return room;
}

training::PhaseSeconds PlacedStep::analytic_times(const Placement& placement) const {
  Placement room;
  return training::placed_times(traffic_, gpus_of(of_one_site(placement, room)), built_.router(),
                                *s_.run.efficiency);
}

training::PhaseSeconds PlacedStep::times(const Placement& placement) {
  Placement room;
  const auto site = of_one_site(placement, room);
  if (oracle_) return flow_times(site);
  if (!fabric::Bottlenecks::can_follow(built_.router())) return analytic_times(placement);
  return moved_times(site);
}

training::PhaseSeconds PlacedStep::moved_times(Nodes nodes) {
  at_start_ = false;
  try {
    follow(nodes);
    return moved_->times.times();
  } catch (...) {
    moved_.reset();  // half of it may have moved
    throw;
  }
}

void PlacedStep::follow(Nodes nodes) {
  if (!moved_ || moved_->to.size() != nodes.size() || moved_->among != dead_.parts())
    return begin_at(nodes);
  const auto per_node = s_.platform->fabric.gpus_per_node;
  std::vector<training::Move> moves;
  for (std::size_t begin = 0; begin < nodes.size(); begin += block) {
    const auto now = nodes.subspan(begin, std::min(block, nodes.size() - begin));
    const auto before = std::span(moved_->to).subspan(begin, now.size());
    if (std::ranges::equal(now, before)) continue;
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i] == before[i]) continue;
      before[i] = now[i];
      const auto rank = static_cast<std::int64_t>(begin + i) * per_node;
      for (std::int64_t gpu = 0; gpu < per_node; ++gpu)
        moves.push_back({rank + gpu, gpu_of(now[i], gpu)});
    }
  }
  // As when months begin anew: then it takes longer to move than to place.
  if (std::ssize(moves) > std::ssize(nodes) * per_node / 4) return begin_at(nodes);
  if (!moves.empty()) moved_->times.move(moves);
}

void PlacedStep::begin_at(Nodes nodes) {
  moved_ = Moved{{traffic_, gpus_of(nodes), built_.router(), *s_.run.efficiency},
                 Placement(nodes.begin(), nodes.end()),
                 dead_.parts()};
}

void PlacedStep::set_start() {
  start_ = moved_;
  at_start_ = true;
}

void PlacedStep::back_to_start() {
  if (!at_start_) moved_ = start_;
  at_start_ = true;
}

training::StepTime PlacedStep::compose(const training::PhaseSeconds& times) const {
  const auto& run = s_.run;
  if (run.across_sites) return compose_across_sites(times).step;
  return training::step_time(run.model->shape, run.plan, run.batch, s_.platform->chip,
                             *run.efficiency, traffic_, times);
}

training::StepTime PlacedStep::compose(const training::PhaseSeconds& times,
                                       const training::Batch& batch) const {
  const auto& run = s_.run;
  const auto traffic =
      training::traffic(run.model->shape, run.plan, batch, s_.platform->fabric.gpus_per_node,
                        run.efficiency->expert_dedup);
  return training::step_time(run.model->shape, run.plan, batch, s_.platform->chip, *run.efficiency,
                             traffic, times);
}

training::AcrossSites PlacedStep::compose_across_sites(const training::PhaseSeconds& times) const {
  const auto& run = s_.run;
  const auto& fabric = s_.platform->fabric;
  const auto links = site_links(*run.across_sites, fabric.parts.fibre_latency,
                                fabric.sites.wan_bandwidth, fabric.sites.distance);
  return step_across_sites(*run.across_sites, links, run.model->shape, run.plan, run.batch,
                           s_.platform->chip, *run.efficiency, traffic_, times);
}

training::PhaseSeconds PlacedStep::flow_times(Nodes nodes) {
  auto state = state_of(nodes);
  const auto known = std::ranges::find_if(
      remembered_, [&state](const auto& answer) { return answer.first == state; });
  if (known != remembered_.end()) {
    remembered_.splice(remembered_.begin(), remembered_, known);
    return known->second;
  }
  // How many parts are dead, which, and the GPUs by rank.
  std::vector<std::int64_t> request{static_cast<std::int64_t>(dead_.parts().size())};
  request.insert(request.end(), dead_.parts().begin(), dead_.parts().end());
  const auto gpus = gpus_of(nodes);
  request.insert(request.end(), gpus.begin(), gpus.end());
  const auto times = engine::values_of<double>(oracle_->ask(engine::bytes_of(request)));
  training::PhaseSeconds result{};
  std::transform(times.begin(), times.end(), result.begin(), seconds);
  remembered_.emplace_front(std::move(state), result);
  if (remembered_.size() > most_remembered) remembered_.pop_back();
  return result;
}

/// In the oracle's child, which has a platform of its own.
std::string PlacedStep::answer(const std::string& request) {
  engine::start_engine(engine::Clock::Detail);
  const auto numbers = engine::values_of<std::int64_t>(request);
  const auto gpus_begin = numbers.begin() + 1 + numbers.front();
  dead_.become({numbers.begin() + 1, gpus_begin});
  const std::vector<VertexIndex> gpus(gpus_begin, numbers.end());
  std::vector<double> times;
  for (const auto& time : engine::flow_times(*built_.zone(), traffic_, gpus, *s_.run.efficiency))
    times.push_back(time.value());
  return engine::bytes_of(times);
}

/// What tells answers in flow fidelity apart: the dead parts and the nodes. Of a node of a tree
/// only its pod matters and its place under its leaf, by which D-mod-k chooses its uplinks (bundles
/// have none to choose): pods have full bisection inside, and their leaves are alike.
Placement PlacedStep::state_of(Nodes nodes) const {
  const auto& router = built_.router();
  const bool alike =
      dead_.parts().empty() && built_.fabric().structure == fabric::Structure::Tree &&
      (router.is_bundled() || router.routing().choice == fabric::PathChoice::DestinationModulo);
  Placement state(dead_.parts().begin(), dead_.parts().end());
  state.push_back(-1);
  for (const auto node : nodes)
    state.push_back(alike ? node / nodes_.per_pod * nodes_.per_leaf + node % nodes_.per_leaf
                          : node);
  return state;
}

}  // namespace longhaul::experiment
