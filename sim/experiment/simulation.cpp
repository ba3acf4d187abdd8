#include "experiment/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "engine/every_rank.hpp"
#include "engine/fabric_zone.hpp"
#include "engine/forked.hpp"
#include "engine/link_trace.hpp"
#include "engine/run_actor.hpp"
#include "engine/settings.hpp"
#include "experiment/dead_parts.hpp"
#include "experiment/node_chips.hpp"
#include "experiment/placed_step.hpp"
#include "experiment/resharding.hpp"
#include "experiment/step_variants.hpp"
#include "fabric/analysis.hpp"
#include "operations/node_pool.hpp"

namespace longhaul::experiment {

namespace {

using fabric::VertexIndex;

constexpr auto infinite = std::numeric_limits<double>::infinity();

}  // namespace

class Simulation::Impl {
 public:
  Impl(const scenario::Scenario& scenario, std::shared_ptr<BuiltPlatform> platform)
      : s_(scenario), built_(std::move(platform)) {
    engine::start_engine(engine::Clock::Months);
    if (built_) dead_.emplace(*built_);
    place_run();
    if (s_.platform) {
      chips_.emplace(s_, nodes_);
      count_platform();
    }
    if (s_.run.model) {
      prepare_model();
    } else {
      setup_.step_time = setup_.analytic_step = *s_.run.step_time;
    }
    prepare_checkpoints();
    sizes_ = elastic_sizes(s_, nodes_);
    setup_.batch_scale.assign(1, 1);
    for (const auto& decision : s_.run.decisions)
      setup_.batch_scale.push_back(decision.global_batch
                                       ? static_cast<double>(*decision.global_batch) /
                                             static_cast<double>(s_.run.batch.sequences)
                                       : 1.0);
    if (s_.platform) prepare_power();
  }

  const Setup& setup() const { return setup_; }

  Seconds every_rank_step() const {
    return seconds(engine::run_forked_values<double>([this] {
                     engine::start_engine(engine::Clock::Detail);
                     std::unique_ptr<engine::FabricZone> own;
                     if (!zone_) own = std::make_unique<engine::FabricZone>(*router_);
                     const auto& run = s_.run;
                     const auto gpus =
                         step_->gpus_of_ranks(operations::NodePool(nodes_).placement());
                     return std::vector{engine::every_rank_step(
                                            zone_ ? *zone_ : *own, run.model->shape, run.plan,
                                            run.batch, s_.platform->chip, *run.efficiency, gpus)
                                            .total.value()};
                   }).front());
  }

  operations::RunTotals run(std::uint64_t seed, const operations::RunObserver& observer) {
    begin_again();
    operations::RunInputs inputs;
    inputs.seed = seed;
    inputs.duration = s_.duration.value_or(seconds(infinite));
    inputs.steps = s_.run.steps.value_or(std::numeric_limits<std::int64_t>::max());
    inputs.step = [this](const Placement& placement) {
      return step_on(placement, s_.run.batch.sequences, setup_.step_time);
    };
    for (const auto& decision : s_.run.decisions) inputs.decisions.push_back(decide(decision));
    if (s_.run.elastic) inputs.elastic = *s_.run.elastic;
    inputs.sizes = sizes_;
    inputs.checkpoint_policy = s_.run.checkpoint.policy;
    inputs.checkpoint_interval = setup_.checkpoint_interval;
    inputs.tiers = setup_.tiers;
    inputs.expected_mtbi = setup_.expected_mtbi;
    if (checkpoint_group_)
      inputs.checkpoint_traffic = [this](std::function<void()> on_arrival) {
        const auto group = zone_->start_group(
            *checkpoint_group_, setup_.checkpoint_size,
            [arrived = std::move(on_arrival)](engine::TransferEnd) { arrived(); });
        return [this, group] { zone_->cancel(group); };
      };
    inputs.other_runs = s_.run.checkpoint.others;
    if (!inputs.other_runs.empty())
      inputs.other_traffic = [this, port = store_port()](Bytes size,
                                                         std::function<void()> on_arrival) {
        const auto group = zone_->start_group(
            port, size, [arrived = std::move(on_arrival)](engine::TransferEnd) { arrived(); });
        return [this, group] { zone_->cancel(group); };
      };
    if (s_.failures.causes) inputs.failures = *s_.failures.causes;
    inputs.units = setup_.units;
    inputs.random_failures = s_.failures.random;
    inputs.replay = s_.recorded_stops;
    inputs.lemons = s_.failures.lemons;
    inputs.diagnosis = s_.diagnosis;
    inputs.recovery = s_.recovery;
    inputs.repair = s_.repair;
    inputs.spares = s_.spares;
    inputs.maintenance = s_.maintenance;
    for (const auto& arrival : s_.arrivals)
      inputs.arrivals.push_back({since(s_.start, arrival.at), arrival.nodes});
    if (inputs.elastic.reshard)
      inputs.reshard = [this](const Placement& before, const Placement& after) {
        return reshard_time(s_, *router_, before, after);
      };
    inputs.nodes = nodes_;
    if (dead_)
      inputs.fabric.set_alive = [this](operations::Strikes what, std::int64_t index, bool alive) {
        return dead_->set_alive(what, index, alive);
      };
    inputs.power = setup_.power;
    inputs.timeline_every = s_.output.timeline;
    auto totals = engine::simulate_run(inputs, observer);
    if (dead_) dead_->become({});  // others may run on the platform after it
    return totals;
  }

 private:
  /// Leaves nothing of a run before, also of one that an exception ended.
  void begin_again() {
    if (dead_) dead_->become({});
    if (step_) step_->back_to_start();
    if (variants_) variants_->forget();
  }

  /// `sequences` of a step with a model; `given`: of the whole run without one, whose steps go
  /// faster with its nodes.
  Seconds step_on(const Placement& placement, std::int64_t sequences, Seconds given) {
    const auto n = static_cast<double>(placement.size());
    if (!step_) return placement.empty() ? given : given * (static_cast<double>(nodes_.used) / n);
    const bool planned = static_cast<std::int64_t>(placement.size()) == nodes_.used &&
                         sequences == s_.run.batch.sequences &&
                         chips_->chips_of(placement) == std::vector<std::size_t>{0};
    if (planned) return step_->compose(step_->times(placement)).total;
    return variants_->step(placement, sequences);
  }

  operations::Decision decide(const scenario::Decision& decision) {
    return {since(s_.start, decision.at), decision.kind, decision.steps, decision.duration,
            [this, &decision](const Placement& placement) {
              return step_on(placement, decision.global_batch.value_or(s_.run.batch.sequences),
                             decision.step_time.value_or(setup_.step_time));
            }};
  }

  /// Without a platform or a number of nodes they are not told apart: none is taken out, none has
  /// to be waited for.
  void place_run() {
    const auto gpus_per_node =
        s_.platform ? s_.platform->fabric.gpus_per_node : s_.nodes.gpus_per_node;
    nodes_ = {0, 1, 0, 1, 1};
    if (s_.platform) {
      const auto& plan = s_.run.plan;
      const auto groups = fabric::node_groups(built_->fabric());
      nodes_.per_pod = groups.per_pod;
      nodes_.per_leaf = groups.per_leaf;
      nodes_.platform = groups.nodes;
      if (const auto sites = s_.platform->fabric.sites.sites; sites > 1)
        nodes_.per_fabric_site = groups.nodes / sites;
      // Neighbouring ranks stand together: a replica, or a pipeline stage of all replicas.
      const auto inside =
          plan.order == training::RankOrder::PipelineInside ? plan.pipeline : plan.data;
      nodes_.block = std::max<std::int64_t>(1, plan.tensor * plan.context * inside / gpus_per_node);
    } else if (s_.nodes.count > 0) {
      nodes_.platform = nodes_.per_pod = s_.nodes.count;
    } else {
      return count_units();
    }
    nodes_.used = s_.run.gpus / gpus_per_node;
    nodes_.per_rack = s_.nodes.per_rack;
    nodes_.per_site = s_.nodes.per_site;
    for (const auto& arrival : s_.arrivals) nodes_.off += arrival.nodes;
    count_units();
  }

  void count_units() {
    using operations::Strikes;
    auto& units = setup_.units;
    const auto groups_of = [this](std::int64_t size) {
      return std::max(1.0, std::ceil(static_cast<double>(nodes_.used) / static_cast<double>(size)));
    };
    units[Strikes::Gpu] = static_cast<double>(s_.run.gpus);
    units[Strikes::Node] = std::max(1.0, static_cast<double>(nodes_.used));
    units[Strikes::Rack] = groups_of(nodes_.per_rack);
    units[Strikes::Pod] = groups_of(nodes_.per_pod);
    units[Strikes::Site] = nodes_.per_site > 0 ? groups_of(nodes_.per_site) : 1.0;
    units[Strikes::Job] = 1;
    if (!dead_) return;
    units[Strikes::Switch] = static_cast<double>(dead_->n_switches());
    units[Strikes::Link] = static_cast<double>(dead_->n_cables());
  }

  void count_platform() {
    fabric_ = &built_->fabric();
    router_ = &built_->router();
    zone_ = built_->zone();
    setup_.fabric_gpus = fabric_->n_gpus();
    setup_.fabric_switches = std::ranges::count_if(
        fabric_->vertices, [](const auto& vertex) { return is_switch(vertex.kind); });
    if (s_.platform->prices) setup_.network = bill_of_materials(*fabric_, *s_.platform->prices);
    setup_.fabric_links = std::ssize(fabric_->links) / 2;
  }

  void prepare_model() {
    const auto& run = s_.run;
    const auto& shape = run.model->shape;
    step_ = std::make_unique<PlacedStep>(s_, *built_, *dead_, nodes_);
    setup_.traffic = step_->traffic();
    const operations::NodePool pool(nodes_);
    setup_.phase_seconds = step_->times(pool.placement());
    step_->set_start();
    setup_.step = step_->compose(setup_.phase_seconds);
    setup_.step_time = setup_.analytic_step = setup_.step->total;
    if (zone_) setup_.analytic_step = step_->compose(step_->analytic_times(pool.placement())).total;
    setup_.memory = training::memory_use(shape, run.plan, run.batch);
    if (run.across_sites) {
      setup_.across_sites = step_->compose_across_sites(setup_.phase_seconds);
      setup_.memory = memory_across_sites(*run.across_sites, shape, run.plan, run.batch);
    }
    setup_.tokens_per_step =
        tokens(static_cast<double>(run.batch.sequence) * static_cast<double>(run.batch.sequences));
    setup_.flop_per_step = setup_.step->model_flop;
    variants_ = std::make_unique<StepVariants>(s_, *built_, *dead_, nodes_, *chips_);
    setup_.checkpoint_size = run.checkpoint.bytes_per_parameter * training::parameters(shape);
    const auto& checkpoint = run.checkpoint;
    if (!checkpoint.write || !checkpoint.read || checkpoint.background)
      time_store(step_->gpus_of_ranks(pool.placement()));
  }

  void prepare_checkpoints() {
    const auto& config = s_.run.checkpoint;
    auto tiers = config.tiers;
    operations::CheckpointTier store;
    store.every = config.every;
    store.keep = config.keep;
    store.write = config.write.value_or(config.background ? Seconds() : store_seconds_);
    store.read = config.read.value_or(store_seconds_);
    if (config.background) store.drain = config.drain.value_or(store_seconds_);
    tiers.push_back(store);
    setup_.checkpoint_write = tiers.front().write;
    setup_.checkpoint_read = tiers.front().read;
    PerSecond unexpected;
    if (s_.failures.causes) {
      const auto& card = *s_.failures.causes;
      for (const auto& cause : card.causes)
        if (!cause.planned) unexpected += rate(card, cause, setup_.units);
    }
    setup_.expected_mtbi = unexpected > per_second(0) ? 1.0 / unexpected : seconds(infinite);
    setup_.checkpoint_interval =
        operations::checkpoint_interval(config, setup_.checkpoint_write, setup_.expected_mtbi);
    setup_.checkpoint_steps = operations::checkpoint_steps(
        config.policy, tiers, setup_.checkpoint_interval, setup_.step_time);
    // Every step is saved; the run stands still for what other tiers take.
    if (config.policy == operations::IntervalPolicy::Step) {
      setup_.checkpoint_steps = std::numeric_limits<std::int64_t>::max();
      for (std::size_t i = 1; i < tiers.size(); ++i)
        setup_.checkpoint_steps = std::min(setup_.checkpoint_steps, tiers[i].every);
    }
    setup_.tiers = std::move(tiers);
  }

  void prepare_power() {
    auto& power = setup_.power.emplace();
    power.config = s_.platform->power;
    power.tdp = s_.platform->chip.tdp;
    power.others = chips_->others();
    power.gpus_per_node = s_.platform->fabric.gpus_per_node;
    power.response = s_.power.response;
    power.frequency = s_.power.frequency;
    power.start = s_.start;
    if (!s_.power.sites.empty()) power.sites = s_.power.sites;
    if (!setup_.step) return;
    // Waiting for other stages and ranks takes longer as what they do does.
    const auto& terms = setup_.step->terms;
    power.clocked_share = (terms.gemm + terms.attention + terms.recompute) /
                          (setup_.step->total - terms.bubble - terms.straggling);
  }

  /// Every GPU sends its part to the store at once: as one group, so that the months can send it
  /// often. Reading back takes as long as writing: the store is the narrowest place either way.
  void time_store(const std::vector<VertexIndex>& gpus) {
    const auto store = fabric_->vertex(fabric::VertexKind::Storage, 0);
    std::vector<fabric::Flow> flows;
    flows.reserve(gpus.size());
    for (const auto gpu : gpus) flows.push_back({gpu, store, 0});
    const auto group = make_flow_group(*router_, flows);
    store_seconds_ = group.latency + setup_.checkpoint_size / group.bandwidth;
    const auto& checkpoint = s_.run.checkpoint;
    if (zone_ && (checkpoint.background ? !checkpoint.drain : !checkpoint.write))
      checkpoint_group_ = group;
  }

  /// What all that is written to the store passes, wherever it comes from.
  fabric::FlowGroup store_port() const {
    const auto store = fabric_->vertex(fabric::VertexKind::Storage, 0);
    const auto port = std::ranges::find(fabric_->links, store, &fabric::Link::dst);
    return {{static_cast<fabric::LinkIndex>(port - fabric_->links.begin())},
            port->latency,
            port->bandwidth};
  }

  const scenario::Scenario& s_;
  Setup setup_;
  operations::RunNodes nodes_;
  std::shared_ptr<BuiltPlatform> built_;  // null without a platform, as the next two
  const fabric::Fabric* fabric_ = nullptr;
  fabric::Router* router_ = nullptr;
  engine::FabricZone* zone_ = nullptr;  // in flow fidelity
  std::optional<DeadParts> dead_;       // of a platform, as the next
  std::optional<NodeChips> chips_;
  std::unique_ptr<PlacedStep> step_;        // of a model
  std::unique_ptr<StepVariants> variants_;  // the same
  std::vector<std::int64_t> sizes_;         // of an elastic run
  Seconds store_seconds_;
  std::optional<fabric::FlowGroup> checkpoint_group_;  // in flow fidelity
};

Simulation::Simulation(const scenario::Scenario& scenario)
    : Simulation(scenario,
                 scenario.platform ? std::make_shared<BuiltPlatform>(scenario) : nullptr) {}
Simulation::Simulation(const scenario::Scenario& scenario, std::shared_ptr<BuiltPlatform> platform)
    : impl_(std::make_unique<Impl>(scenario, std::move(platform))) {}
Simulation::~Simulation() = default;

const Setup& Simulation::setup() const { return impl_->setup(); }
Seconds Simulation::every_rank_step() const { return impl_->every_rank_step(); }

operations::RunTotals Simulation::run(std::uint64_t seed, const operations::RunObserver& observer) {
  return impl_->run(seed, observer);
}

Seconds trace_every_rank(const scenario::Scenario& scenario, const std::string& file) {
  return seconds(engine::run_forked_values<double>([&] {
                   engine::trace_links(file);
                   // Without flows no platform exists before the step's own is made and traced.
                   auto analytic = scenario;
                   analytic.run.fidelity = scenario::Fidelity::Analytic;
                   return std::vector{Simulation(analytic).every_rank_step().value()};
                 }).front());
}

}  // namespace longhaul::experiment
