#include "scenario/describe.hpp"

namespace longhaul::scenario {

template <>
struct Words<Fidelity> {
  static constexpr std::array<std::string_view, 2> words{"analytic", "flow"};
};
template <>
struct Words<training::BatchSplit> {
  static constexpr std::array<std::string_view, 2> words{"equal", "by-speed"};
};
template <>
struct Words<training::Recompute> {
  static constexpr std::array<std::string_view, 3> words{"none", "selective", "full"};
};
template <>
struct Words<training::Precision> {
  static constexpr std::array<std::string_view, 6> words{"bf16",   "fp16",  "fp8",
                                                         "fp8-cs", "mxfp8", "nvfp4"};
};
template <>
struct Words<training::AttentionKernel> {
  static constexpr std::array<std::string_view, 2> words{"fused-softmax", "flash"};
};

template <>
struct Words<Simulate> {
  static constexpr std::array<std::string_view, 2> words{"months", "step"};
};
template <>
struct Words<SweepDesign> {
  static constexpr std::array<std::string_view, 6> words{
      "grid", "random", "latin-hypercube", "sobol", "one-at-a-time", "saltelli"};
};
template <>
struct Words<RepeatSeeds> {
  static constexpr std::array<std::string_view, 2> words{"common", "independent"};
};

template <>
struct Words<training::PipelineSchedule> {
  static constexpr std::array<std::string_view, 3> words{"1f1b", "zero-bubble", "dualpipe"};
};
template <>
struct Words<training::RankOrder> {
  static constexpr std::array<std::string_view, 2> words{"tp-cp-dp-pp", "tp-pp-cp-dp"};
};

namespace {

constexpr Range zero_to_three{0, 3};
constexpr Range step_count{1, 9e15};
constexpr Range axis_values{2, 1e6};
constexpr Range positive_ratio{0, 1, true};
constexpr Range below_one{0, 1, false, true};
constexpr Range between{0, 1, true, true};

}  // namespace

static void describe(Fields& f, hardware::PeakRates& p) {
  f.required("bf16", p.bf16, "dense 16-bit matrix FLOP/s", rate);
  f("fp8", p.fp8, "dense 8-bit matrix FLOP/s; 0: the chip has none", not_negative);
  f("fp4", p.fp4, "dense 4-bit matrix FLOP/s; 0: the chip has none", not_negative);
}

namespace {
struct ChipMemory {
  hardware::Chip& chip;
};
struct ChipLinks {
  hardware::Chip& chip;
};
struct ChipPower {
  hardware::Chip& chip;
};
}  // namespace

static void describe(Fields& f, ChipMemory& m) {
  f.required("size", m.chip.memory_size, "device memory", rate);
  f.required("bandwidth", m.chip.memory_bandwidth, "device memory bandwidth", rate);
}
static void describe(Fields& f, ChipLinks& l) {
  f.required("scale_up", l.chip.scale_up_bandwidth, "to the scale-up domain, one way", rate);
  f.required("nic", l.chip.nic_bandwidth, "to the scale-out network, one way", rate);
}
static void describe(Fields& f, ChipPower& p) {
  f.required("tdp", p.chip.tdp, "thermal design power of a chip", positive);
}

void describe(Fields& f, hardware::Chip& c) {
  f.required("name", c.name, "name, as calibration sets and measured rows give it");
  f("released", c.released, "first shipments, YYYY-MM");
  f("source", c.source, "where the figures come from");
  f.required("multiprocessors", c.multiprocessors,
             "streaming multiprocessors, for wave quantisation", count);
  f.table("peak", c.peak, "dense peak rates by number format");
  ChipMemory memory{c};
  f.table("memory", memory, "device memory");
  ChipLinks links{c};
  f.table("links", links, "bandwidths out of the chip");
  ChipPower power{c};
  f.table("power", power, "electric power of the chip");
}

namespace {
struct Storage {
  Platform& platform;
};
}  // namespace
static void describe(Fields& f, Storage& s) {
  f.required("bandwidth", s.platform.storage_bandwidth, "sustained rate of the shared store", rate);
}

static void describe(Fields& f, operations::PowerConfig& p) {
  f.required("server_per_gpu", p.server_per_gpu, "a server beside its GPUs, a GPU", not_negative);
  f("network_share", p.network_share, "network and storage, as a share of all IT power", below_one);
  f("pue", p.pue, "facility power over IT power", at_least_one);
  f("compute_fraction", p.compute_fraction, "of a chip's TDP in steps", ratio);
  f("checkpoint_fraction", p.checkpoint_fraction, "of a chip's TDP in blocking writes", ratio);
  f("idle_fraction", p.idle_fraction, "of a chip's TDP while the run is down", ratio);
  f("standby_fraction", p.standby_fraction, "of TDP and server, of a spare that stands by", ratio);
  f("repair_fraction", p.repair_fraction, "the same of a node in repair or maintenance", ratio);
  f("off_fraction", p.off_fraction, "the same of a node that is switched off", ratio);
  f("free_fraction", p.free_fraction, "the same of a node that is free, if the run pays for it",
    ratio);
  f("cold_fraction", p.cold_fraction, "the same of a cold spare", ratio);
}

void describe(Fields& f, Platform& p) {
  f.required("name", p.name, "name of the system");
  f("source", p.source, "where the figures come from");
  f.card("chip", p.chip, "the chip, a card in platforms/chips/");
  f.table("fabric", p.fabric, "nodes and the network between them: one topology of those below");
  Storage storage{p};
  f.table("storage", storage, "the shared store for checkpoints");
  f.table("power", p.power, "electric power beside the chips'");
  f.card("prices", p.prices, "of the network's parts, a card in platforms/prices/");
}

static void describe(Fields& f, training::Experts& e) {
  f("routed", e.routed, "experts of a layer that tokens choose from; 0: a dense model",
    count_or_none);
  f("per_token", e.per_token, "of them, chosen for each token (top-k)", count_or_none);
  f("ffn_hidden", e.ffn_hidden, "inner width of one expert", count_or_none);
  f("shared", e.shared, "experts of that width that every token passes through", count_or_none);
  f("dense_layers", e.dense_layers, "first layers, which have a dense MLP instead", count_or_none);
  f("domains_per_token", e.domains_per_token,
    "most scale-up domains a token's experts may lie on (node-limited routing); 0: any",
    count_or_none);
}

static void describe(Fields& f, training::LatentAttention& l) {
  f("query_rank", l.query_rank, "width of the queries' narrow projection; 0: none", count_or_none);
  f("kv_rank", l.kv_rank, "width of keys' and values' narrow projection; 0: usual attention",
    count_or_none);
  f("rope_dim", l.rope_dim, "width of a head's part with positions, beside head_dim",
    count_or_none);
  f("value_dim", l.value_dim, "width of a head's values; 0: head_dim", count_or_none);
}

void describe(Fields& f, Model& m) {
  f.required("name", m.name, "name of the model");
  f("source", m.source, "where the shape comes from");
  f.required("layers", m.shape.layers, "transformer layers", count);
  f.required("hidden", m.shape.hidden, "width of the residual stream", count);
  f("ffn_hidden", m.shape.ffn_hidden, "inner width of the dense MLP; 0: every layer has experts",
    count_or_none);
  f.required("heads", m.shape.heads, "query heads", count);
  f.required("kv_heads", m.shape.kv_heads, "key and value heads", count);
  f("head_dim", m.shape.head_dim, "width of a head; 0: hidden / heads", count_or_none);
  f.required("vocab", m.shape.vocab, "entries of the vocabulary", count);
  f("gated_mlp", m.shape.gated_mlp, "three MLP matrices (SwiGLU) rather than two");
  f("tied_embeddings", m.shape.tied_embeddings, "one matrix for embedding and output projection");
  f.table("experts", m.shape.experts, "mixture of experts");
  f.table("latent", m.shape.latent, "multi-head latent attention");
}

void describe(Fields& f, training::Plan& p) {
  f("tensor", p.tensor, "tensor-parallel degree", count);
  f("pipeline", p.pipeline, "pipeline stages", count);
  f("data", p.data, "data-parallel replicas", count);
  f("context", p.context, "context-parallel degree", count);
  f("expert", p.expert, "ranks that share a layer's experts, out of tensor x context x data",
    count);
  f("virtual_stages", p.virtual_stages, "model chunks a GPU; more than 1 is interleaved 1F1B",
    count);
  f("microbatch", p.microbatch, "sequences of a microbatch", count);
  f("sequence_parallel", p.sequence_parallel, "norms divided over the tensor group too");
  f("zero_stage", p.zero_stage, "sharded over replicas: 1 optimizer, 2 gradients, 3 parameters",
    zero_to_three);
  f("recompute", p.recompute, "activations computed again in the backward pass");
  f("recompute_share", p.recompute_share, "share of the layers that `recompute` applies to",
    positive_ratio);
  f("precision", p.precision, "number format of the matrix products, with its scaling recipe");
  f("attention", p.attention, "attention kernel");
  f("order", p.order, "which ranks are neighbours, the nearest first");
  f("schedule", p.schedule, "order in which stages work off microbatches");
  f("uneven_layers", p.uneven_layers, "stages may hold different numbers of layers");
}

static void describe(Fields& f, training::Efficiency& e) {
  f("gemm", e.gemm, "share of peak that a large matrix product sustains", positive_ratio);
  f("grouped_half_depth", e.grouped_half_depth,
    "inner width at which experts' products that share a kernel reach half of `gemm`",
    not_negative);
  f("attention", e.attention, "share of the 16-bit peak that attention sustains", positive_ratio);
  f("memory", e.memory, "share of memory bandwidth that streaming kernels sustain", positive_ratio);
  f("launch", e.launch, "dead time between two kernels", not_negative);
  f("layer_issue", e.layer_issue, "the host issues one layer's kernels of one pass", not_negative);
  f("expert_issue", e.expert_issue, "the same for what experts add to a layer", not_negative);
  f("host_step", e.host_step, "host work a step that nothing hides", not_negative);
  f("optimizer_bytes", e.optimizer_bytes, "bytes the optimizer moves, a parameter held",
    not_negative);
  f("accumulation_bytes", e.accumulation_bytes,
    "bytes to add weight gradients up, a parameter and microbatch", not_negative);
  f("scale_up", e.scale_up, "share of scale-up bandwidth that a collective reaches",
    positive_ratio);
  f("scale_out", e.scale_out, "share of NIC bandwidth that a collective reaches", positive_ratio);
  f("scale_up_hop", e.scale_up_hop, "latency of a ring step in a scale-up domain", not_negative);
  f("scale_out_hop", e.scale_out_hop, "latency of a ring step between domains", not_negative);
  f("tensor_alpha", e.tensor_alpha, "software cost of a tensor or context collective",
    not_negative);
  f("expert_alpha", e.expert_alpha, "software cost of an exchange between experts' ranks",
    not_negative);
  f("pipeline_alpha", e.pipeline_alpha, "software cost of a transfer between stages", not_negative);
  f("data_alpha", e.data_alpha, "software cost of a data-parallel collective", not_negative);
  f("tensor_overlap", e.tensor_overlap, "share of tensor traffic hidden", ratio);
  f("expert_overlap", e.expert_overlap, "share of expert traffic hidden under compute", ratio);
  f("expert_dedup", e.expert_dedup,
    "1: a token crosses once to each domain with experts of its; 0: once for each expert", ratio);
  f("pipeline_overlap", e.pipeline_overlap, "share of stage transfers hidden", ratio);
  f("data_overlap", e.data_overlap, "share of the window that data-parallel traffic can use",
    ratio);
  f("zero3_overlap", e.zero3_overlap, "data_overlap for the gathers and scatters of ZeRO-3", ratio);
  f("zero3_messages", e.zero3_messages, "collectives that gather one layer's parameters in ZeRO-3",
    positive);
  f("straggler_sigma", e.straggler_sigma, "relative width of a rank's noise in a step", ratio);
  f("stack_factor", e.stack_factor, "time of all but communication over the base set", positive);
}

static void describe(Fields& f, Run& r) {
  f("gpus", r.gpus,
    "GPUs of the run; 0: as many of the platform's as the fastest plan takes, and that plan",
    count_or_none);
  f("sequence", r.batch.sequence, "tokens of a sequence", count_or_none);
  f("global_batch", r.batch.sequences, "sequences of a step", count_or_none);
  f("stack", r.stack, "software stack, names a set of platforms/calibration.toml");
  f("fidelity", r.fidelity, "how collectives are timed: closed forms, or flows on SimGrid");
  f("split", r.split,
    "of the batch over replicas on different chips: all alike, or by-speed, as many sequences as "
    "end together");
  f("step_time", r.step_time, "a given step time, in place of a model", positive);
  f("steps", r.steps, "kept steps after which the run ends", step_count);
  f.card("model", r.model, "the model, a card in scenarios/models/");
  f.table("plan", r.plan, "how model and batch are divided over the GPUs");
  f.table("across_sites", r.across_sites, "how sites train together that are far apart");
  f.table("checkpoint", r.checkpoint, "when checkpoints are written and how large they are");
  f.table("elastic", r.elastic, "goes on with fewer replicas, or more, as there are nodes");
  f.list("decision", r.decisions, "what is decided about the run while it goes on",
         Presence::Optional);
  f.table("efficiency", r.efficiency, "constants of the step model; left out: the calibrated set");
}

static void describe(Fields& f, Output& o) {
  f("timeline", o.timeline, "between samples of timeline.csv; 0 s: none", not_negative);
  f("years", o.years, "between samples of years.csv; 0 s: none", not_negative);
}

static void describe(Fields& f, AxisRange& r) {
  f.required("from", r.from, "first value");
  f.required("to", r.to, "last value");
  f.required("n", r.n, "how many, both ends among them", axis_values);
}

static void describe(Fields& f, SweepAxis& a) {
  f.required("key", a.key, "the field that is varied, for instance run.gpus; or a card");
  f("name", a.name, "what conditions and formulas call it; empty: the key's last part");
  f.literals("values", a.values, "one after the other");
  f.table("range", a.range, "numbers at equal distances");
  f.table("log_range", a.log_range, "numbers at equal ratios");
  f("sample", a.sample, "a distribution that sweep.design draws from");
  f("formula", a.formula,
    "from the names of other axes, in SQL, for instance gpus / (tensor * 16)");
  f("zip", a.zip, "axes with the same word here go forward together");
  f("when", a.when, "a condition in SQL; elsewhere the field keeps the scenario's value");
}

static void describe(Fields& f, SweepPrecision& p) {
  f.required("metric", p.metric, "whose mean, a key of summary.json, for instance ettr");
  f("half_width", p.half_width, "of its confidence interval, as a share of the mean",
    positive_ratio);
  f("confidence", p.confidence, "of the interval", between);
  f("at_most", p.at_most, "repeats; sweep.repeats is the least", count);
}

void describe(Fields& f, Sweep& s) {
  f("simulate", s.simulate, "at each point: the months, or one step of the model");
  f("design", s.design, "how points are laid: all of the grid, samples, or a sensitivity analysis");
  f("samples", s.samples, "points of the sampled axes; of saltelli its base", count_or_none);
  f("repeats", s.repeats, "of each combination, with seeds derived from the root seed", count);
  f("seeds", s.seeds, "repeat r has one seed in all combinations, or one in each");
  f("where", s.where, "only combinations where this condition in SQL holds; empty: all");
  f.table("precision", s.precision, "repeat until a mean is known well enough");
  f.list("axis", s.axes, "a field that is varied", Presence::Optional);
}

void describe(Fields& f, Scenario& s) {
  f.required("title", s.title, "the question, in a few words");
  f("start", s.start, "calendar date of the first step, UTC");
  f("duration", s.duration, "simulated time after which the run ends", positive);
  f("seed", s.seed, "root of all random streams", not_negative);
  Cluster cluster{s};
  f.table("cluster", cluster, "where the run takes place");
  f.table("run", s.run, "the training run");
  f.table("failures", s.failures, "what stops it");
  Recovery recovery{s};
  f.table("recovery", recovery, "how it comes back");
  f.table("repair", s.repair, "how nodes that were taken out come back");
  f.table("spares", s.spares, "nodes that take the place of others");
  f.table("maintenance", s.maintenance, "planned work on all nodes, group after group");
  f.table("power", s.power, "what its sites may draw, and what electricity costs");
  f.card("world", s.world, "what changes over the years; in place of one run, with a lab");
  f.table("lab", s.lab, "who trains in that world, run after run");
  f.table("rival", s.rival, "another, with clusters of its own");
  f.table(
      "schedule", s.schedule,
      "jobs that queue for the cluster; with a model in [run], their placements slow them down");
  f.table("output", s.output, "what is written");
  f.table("constraints", s.constraints,
          "what `longhaul forecast` draws: power, chips, data and latency of a later year's run");
  f.table("wall", s.wall, "what `longhaul wall` grows: runs of more and more compute");
  f.table("sweep", s.sweep, "what `longhaul sweep` varies; a single run leaves it out");
}

static void describe_item(Fields& f, std::vector<CalibrationEntry>& sets, std::size_t i) {
  auto& entry = sets[i];
  f.required("name", entry.set.name, "name of the set");
  f("like", entry.like, "an earlier set whose values hold where this one gives none");
  for (std::size_t j = 0; j < i; ++j)
    if (sets[j].set.name == entry.like) entry.set.efficiency = sets[j].set.efficiency;
  f.required("chip", entry.set.chip, "name of a chip card");
  f.words("precisions", entry.set.precisions, "precision recipes the set holds for");
  f.required("stack", entry.set.stack, "software and version");
  f("source", entry.source, "where the values come from");
  describe(f, entry.set.efficiency);
}

void describe(Fields& f, CalibrationFile& c) { f.list("set", c.sets, "one set of constants"); }

}  // namespace longhaul::scenario
