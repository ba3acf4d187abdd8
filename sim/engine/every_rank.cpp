#include "engine/every_rank.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>

#include "engine/rank_data.hpp"
#include "engine/rank_groups.hpp"
#include "engine/rank_network.hpp"
#include "engine/rank_work.hpp"
#include "engine/settings.hpp"
#include "training/pipeline.hpp"
#include "training/step_time.hpp"
#include "training/traffic.hpp"

namespace longhaul::engine {
namespace {

using training::Pass;
using training::Piece;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

bool is_forward(const Piece& piece) { return piece.pass == Pass::Forward; }
const LayerPass& pass_of(const Piece& piece, const LayerWork& layer) {
  return is_forward(piece) ? layer.forward : layer.backward;
}
Seconds compute_of(const Piece& piece, const LayerWork& layer) {
  if (piece.pass == Pass::WeightGradient) return layer.weight_gradient;
  if (piece.pass == Pass::InputGradient) return layer.backward.compute - layer.weight_gradient;
  return pass_of(piece, layer).compute;
}
Seconds outer_of(const Piece& piece, const ChunkLayers& chunk) {
  if (piece.pass == Pass::WeightGradient) return {};
  return is_forward(piece) ? chunk.outer_forward : chunk.outer_backward;
}

/// Compute of a layer that its exchanges can run under.
struct Cover {
  Seconds products;
  Seconds attention;
};

/// One rank: where it stands in its order of pieces.
struct Rank {
  std::size_t index = 0;
  std::int64_t stage = 0;
  std::size_t next = 0;  ///< piece
  bool working = false;
  std::vector<char> inputs, gradients;  ///< whether they have arrived, by microbatch and chunk
  Seconds piece_began;
  std::size_t layer = 0;  ///< of the piece, in the order in which it is computed
  Seconds layer_began;
  Seconds layer_took;                 ///< compute, and what of its exchanges so far is not hidden
  Cover cover;                        ///< of the layer, not used up so far
  std::size_t n_exchanges = 0;        ///< of the layer so far
  std::vector<Seconds> forward_took;  ///< by microbatch, chunk and layer
  std::unique_ptr<RankData> data;
  Seconds passes_ended;
  bool finished = false;
};

/// All ranks of one step, by callbacks on the engine's clock.
class Step {
 public:
  Step(RankNetwork& network, const RankWork& work, const DataRules& rules,
       const training::Efficiency& efficiency, std::size_t n_ranks)
      : network_(network),
        work_(work),
        pipeline_(rules.pipeline),
        efficiency_(efficiency),
        orders_(stage_orders(pipeline_)),
        ranks_(n_ranks) {
    const auto n_passes = at(pipeline_.microbatches * pipeline_.chunks);
    for (std::int64_t s = 0; s < pipeline_.stages; ++s)
      for (std::int64_t c = 0; c < pipeline_.chunks; ++c)
        n_layers_ = std::max(n_layers_, work_.chunk(s, c).layers.size());
    for (std::size_t r = 0; r < n_ranks; ++r) {
      Rank& rank = ranks_[r];
      rank.index = r;
      rank.stage = network.stage_of(r);
      rank.inputs.assign(n_passes, 0);
      rank.gradients.assign(n_passes, 0);
      rank.forward_took.resize(n_passes * n_layers_);
      rank.data = std::make_unique<RankData>(r, network, rules);
    }
  }

  EveryRankStep run() {
    const Seconds begin = now();
    for (Rank& rank : ranks_) rank.data->begin_step(alone(rank, orders_[at(rank.stage)].front()));
    for (Rank& rank : ranks_) advance(rank);
    run_engine();
    EveryRankStep step;
    step.stage_ends.resize(orders_.size());
    step.n_flows = network_.n_flows_started();
    for (const Rank& rank : ranks_) {
      if (!rank.finished)
        throw std::runtime_error(fmt::format(
            "rank {} of a step never ended: a link failed, or its order waits for itself",
            rank.index));
      Seconds& end = step.stage_ends[at(rank.stage)];
      end = std::max<Seconds>(end, rank.passes_ended - begin);
    }
    step.total = end_ - begin;
    step.data = data_;
    return step;
  }

 private:
  // --- pieces ---

  const Piece& piece_of(const Rank& rank) const { return orders_[at(rank.stage)][rank.next]; }
  const ChunkLayers& chunk_of(const Rank& rank, const Piece& piece) const {
    return work_.chunk(rank.stage, piece.chunk);
  }
  std::size_t pass_index(std::int64_t microbatch, std::int64_t chunk) const {
    return at(microbatch * pipeline_.chunks + chunk);
  }

  bool has_input(const Rank& rank, const Piece& piece) const {
    const training::ChunkOfStage here{rank.stage, piece.chunk};
    const std::size_t pass = pass_index(piece.microbatch, piece.chunk);
    if (piece.pass == Pass::WeightGradient) return true;
    if (is_forward(piece)) return !find_previous(pipeline_, here) || rank.inputs[pass] != 0;
    return !find_next(pipeline_, here) || rank.gradients[pass] != 0;
  }

  void advance(Rank& rank) {
    if (rank.working || rank.next == orders_[at(rank.stage)].size()) return;
    const Piece& piece = piece_of(rank);
    if (!has_input(rank, piece)) return;
    rank.working = true;
    rank.piece_began = now();
    rank.layer = 0;
    rank.data->begin_pass(piece, alone(rank, piece));
    begin_layer(rank);
  }

  void end_layers(Rank& rank) {
    const Piece& piece = piece_of(rank);
    const Seconds outer = outer_of(piece, chunk_of(rank, piece));
    if (outer > Seconds{})
      call_at(now() + outer, [this, &rank] { end_pass(rank); });
    else
      end_pass(rank);
  }

  void end_pass(Rank& rank) {
    const Piece& piece = piece_of(rank);
    rank.data->end_pass(piece, now() - rank.piece_began, alone(rank, piece),
                        [this, &rank] { end_piece(rank); });
  }

  void end_piece(Rank& rank) {
    rank.passes_ended = now();
    const Piece piece = piece_of(rank);
    ++rank.next;
    const training::ChunkOfStage here{rank.stage, piece.chunk};
    const bool forward = is_forward(piece);
    std::optional<training::ChunkOfStage> to;
    if (piece.pass != Pass::WeightGradient)
      to = forward ? find_next(pipeline_, here) : find_previous(pipeline_, here);
    if (!to) return go_on(rank);
    Rank& other = ranks_[network_.rank_on(to->stage, rank.index)];
    const std::size_t pass = pass_index(piece.microbatch, to->chunk);
    network_.transfer(
        rank.index, other.index, [this, &rank] { go_on(rank); },
        [this, &other, forward, pass] {
          (forward ? other.inputs : other.gradients)[pass] = 1;
          advance(other);
        });
  }

  void go_on(Rank& rank) {
    const bool last = rank.next == orders_[at(rank.stage)].size();
    rank.data->end_piece(last, [this, &rank, last] {
      rank.working = false;
      if (last)
        tie_embeddings(rank);
      else
        advance(rank);
    });
  }

  /// The gradients of a tied embedding go out when all else is over.
  void tie_embeddings(Rank& rank) {
    for (const DataPhase& tie : network_.embedding_ties())
      if (tie.groups->contains(rank.index))
        return tie.groups->join(rank.index, tie.count, [this, &rank](Seconds) { close(rank); });
    close(rank);
  }

  void close(Rank& rank) {
    rank.finished = true;
    if (now() < end_) return;
    end_ = now();
    data_ = rank.data->waited();
  }

  // --- layers ---

  /// Layers come last to first in backward passes.
  static std::size_t layer_index(const Rank& rank, const Piece& piece, const ChunkLayers& chunk) {
    return is_forward(piece) ? rank.layer : chunk.layers.size() - 1 - rank.layer;
  }
  const LayerWork& layer_of(const Rank& rank) const {
    const Piece& piece = piece_of(rank);
    const ChunkLayers& chunk = chunk_of(rank, piece);
    return *chunk.layers[layer_index(rank, piece, chunk)];
  }

  void begin_layer(Rank& rank) {
    const Piece& piece = piece_of(rank);
    if (rank.layer == chunk_of(rank, piece).layers.size()) return end_layers(rank);
    const LayerWork& layer = layer_of(rank);
    rank.layer_began = now();
    rank.layer_took = compute_of(piece, layer);
    if (piece.pass == Pass::WeightGradient) return end_layer(rank);
    const LayerPass& pass = pass_of(piece, layer);
    rank.data->begin_layer(piece, layer.has_experts, alone(rank, pass));
    rank.cover = {pass.products, pass.attention};
    rank.n_exchanges = 0;
    exchange(rank);
  }

  /// The layer's exchanges one after the other, from its start on.
  void exchange(Rank& rank) {
    const LayerPass& pass = pass_of(piece_of(rank), layer_of(rank));
    while (rank.n_exchanges < exchanges.size()) {
      const Exchange kind = exchanges[rank.n_exchanges++];
      RankGroups* groups = network_.find_groups(kind, rank.index);
      if (groups == nullptr || pass.executions(kind) <= 0.0) continue;
      return groups->join(rank.index, pass.executions(kind),
                          [this, &rank, kind, came = now()](Seconds took) {
                            const Seconds waited = now() - came - took;
                            rank.layer_took += waited + took - hide(kind, took, rank.cover);
                            exchange(rank);
                          });
    }
    end_layer(rank);
  }

  /// How much of an exchange the layer's compute hides, as training::step_time has it.
  Seconds hide(Exchange kind, Seconds took, Cover& cover) const {
    const auto use = [](Seconds wanted, Seconds& left) {
      const Seconds used = std::min(wanted, left);
      left -= used;
      return used;
    };
    switch (kind) {
      case Exchange::Tensor:
        return use(efficiency_.tensor_overlap * took, cover.products);
      case Exchange::Context:
        return use(took, cover.attention);
      case Exchange::Expert:
        break;
    }
    Seconds left = cover.products + cover.attention;
    return use(efficiency_.expert_overlap * took, left);
  }

  void end_layer(Rank& rank) {
    const Piece& piece = piece_of(rank);
    const LayerWork& layer = layer_of(rank);
    Seconds& forward = rank.forward_took[pass_index(piece.microbatch, piece.chunk) * n_layers_ +
                                         layer_index(rank, piece, chunk_of(rank, piece))];
    // The host has to issue both passes of the layer; what it lacks, the backward one waits for.
    if (is_forward(piece))
      forward = rank.layer_took;
    else if (piece.pass == Pass::Backward)
      rank.layer_took = std::max<Seconds>(rank.layer_took, layer.issue - forward);
    else if (piece.pass == Pass::InputGradient)
      rank.layer_took =
          std::max<Seconds>(rank.layer_took, layer.issue - forward - layer.weight_gradient);
    call_at(rank.layer_began + rank.layer_took, [this, &rank] {
      rank.data->end_layer([this, &rank] {
        ++rank.layer;
        begin_layer(rank);
      });
    });
  }

  // --- how long things take when nobody else sends ---

  Seconds alone(const Rank& rank, const LayerPass& pass) const {
    Seconds took = pass.compute;
    Cover cover{pass.products, pass.attention};
    for (const Exchange kind : exchanges)
      if (const RankGroups* groups = network_.find_groups(kind, rank.index)) {
        const Seconds exchange = pass.executions(kind) * groups->alone(rank.index);
        took += exchange - hide(kind, exchange, cover);
      }
    return took;
  }
  Seconds alone(const Rank& rank, const Piece& piece) const {
    const ChunkLayers& chunk = chunk_of(rank, piece);
    Seconds took = outer_of(piece, chunk);
    for (const LayerWork* layer : chunk.layers)
      took += piece.pass == Pass::WeightGradient ? layer->weight_gradient
                                                 : alone(rank, pass_of(piece, *layer));
    return took;
  }

  RankNetwork& network_;
  const RankWork& work_;
  training::Pipeline pipeline_;
  const training::Efficiency& efficiency_;
  std::vector<training::StageOrder> orders_;
  std::vector<Rank> ranks_;
  std::size_t n_layers_ = 0;  ///< most of any chunk
  Seconds end_, data_;
};

/// GPUs in a scale-up domain of the fabric.
std::int64_t domain_of(const fabric::Fabric& fabric, fabric::VertexIndex gpu) {
  const auto node = fabric.places[at(gpu)].node;
  return node < 0 ? 1 : std::ranges::count(fabric.places, node, &fabric::Place::node);
}

void check(const fabric::Fabric& fabric, const training::ModelShape& model,
           const training::Plan& plan, const training::Batch& batch,
           std::span<const fabric::VertexIndex> gpus) {
  const std::int64_t n = std::ssize(gpus);
  if (n > most_ranks)
    throw std::invalid_argument(
        fmt::format("a step of {} ranks, each simulated; at most {}", n, most_ranks));
  if (const auto found = problems(plan, model, batch, n); !found.empty())
    throw std::invalid_argument(found.front().what + "; " + found.front().fix);
  if (plan.schedule == training::PipelineSchedule::DualPipe && plan.pipeline > 1)
    throw std::invalid_argument("a step with every rank simulated knows 1f1b and zb1p alone");
  std::vector<fabric::VertexIndex> sorted(gpus.begin(), gpus.end());
  std::ranges::sort(sorted);
  if (sorted.front() < 0 || sorted.back() >= fabric.n_gpus() ||
      std::ranges::adjacent_find(sorted) != sorted.end())
    throw std::invalid_argument("every rank of a step needs a GPU of the fabric to itself");
}

}  // namespace

EveryRankStep every_rank_step(FabricZone& zone, const training::ModelShape& model,
                              const training::Plan& plan, const training::Batch& batch,
                              const hardware::Chip& chip, const training::Efficiency& efficiency,
                              std::span<const fabric::VertexIndex> gpus) {
  const auto& fabric = zone.router().fabric();
  check(fabric, model, plan, batch, gpus);
  const auto traffic = training::traffic(model, plan, batch, domain_of(fabric, gpus.front()),
                                         efficiency.expert_dedup);
  RankNetwork network(zone, plan, traffic, efficiency, gpus);
  const RankWork work(model, plan, batch, chip, efficiency, traffic);
  const DataRules rules{pipeline_of(plan, batch), plan.zero_stage,
                        plan.zero_stage == 3 ? efficiency.zero3_overlap : efficiency.data_overlap};
  EveryRankStep step = Step(network, work, rules, efficiency, gpus.size()).run();

  // What is not simulated, in closed form: the optimizer, the slowest rank's noise, the host.
  const auto closed =
      training::step_time(model, plan, batch, chip, efficiency, {}, training::PhaseSeconds{}).terms;
  const double slowest =
      efficiency.straggler_sigma * std::sqrt(2.0 * std::log(static_cast<double>(gpus.size())));
  step.total = (1.0 + slowest) * (step.total + closed.optimizer) + closed.host;
  return step;
}

}  // namespace longhaul::engine
