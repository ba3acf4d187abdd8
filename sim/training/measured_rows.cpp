#include "training/measured_rows.hpp"

#define CSV_IO_NO_THREAD
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstringop-truncation"
#define CSV_IO_NO_THREAD  // alike in all files: its types differ with and without
#include <libfccp/csv.h>
#pragma GCC diagnostic pop

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <stdexcept>

#include "training/calibration.hpp"

namespace longhaul::training {
namespace {

using Reader = io::CSVReader<36, io::trim_chars<' '>, io::double_quote_escape<',', '"'>>;

/// The columns that are read, as text.
struct TextRow {
  std::string source, model, layers, hidden, ffn_hidden, heads, kv_heads, seq, vocab, gpu, gpus, tp,
      pp, dp, cp, ep, virtual_stages, microbatch, global_batch, recompute, precision, stack,
      gated_mlp, attention, seq_parallel, zero_stage, moe_experts, scaleup_domain, scaleup_rate,
      nic_rate, iter_s, notes;
  std::string params_b, moe_top_k, moe_ffn, moe_shared;
};

/// Why a row is skipped.
struct Unusable {
  std::string reason;
};

bool unknown(const std::string& text) { return text.empty() || text == "?"; }

bool none_or_zero(const std::string& text) { return unknown(text) || text == "0"; }

std::int64_t whole(const std::string& text, const char* column) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Unusable{std::string(column) + " is '" + text + "'"};
  }
  return n;
}

constexpr std::int64_t most = 1'000'000'000;  // products of two fit 64 bits

/// A count from 1 to `largest`.
std::int64_t count(const std::string& text, const char* column, std::int64_t largest = most) {
  const std::int64_t n = whole(text, column);
  if (n < 1 || n > largest)
    throw Unusable{fmt::format("{} is {}, not from 1 to {}", column, n, largest)};
  return n;
}

std::int64_t count_or(const std::string& text, const char* column, std::int64_t fallback) {
  return unknown(text) ? fallback : count(text, column);
}

double number(const std::string& text, const char* column) {
  char* end = nullptr;
  const double x = std::strtod(text.c_str(), &end);
  if (text.empty() || end != text.c_str() + text.size()) {
    throw Unusable{std::string(column) + " is '" + text + "'"};
  }
  return x;
}

/// A number that a rate or a time can be.
double positive(const std::string& text, const char* column) {
  constexpr double largest = 1e15;
  const double x = number(text, column);
  if (!(x > 0.0 && x <= largest))
    throw Unusable{fmt::format("{} is {}, not positive or too large", column, x)};
  return x;
}

/// GPUs over which the notes say that FSDP divides parameters; 0 when they do not.
std::int64_t fsdp_degree(const std::string& notes) {
  const std::string key = "FSDP=";
  const auto at = notes.find(key);
  return at == std::string::npos ? 0 : std::strtol(notes.c_str() + at + key.size(), nullptr, 10);
}

/// The known shape that a row's columns agree with; null when there is none.
const ModelShape* find_known(const ModelShape& model, std::span<const ModelShape> known) {
  const auto same = std::find_if(known.begin(), known.end(), [&](const ModelShape& k) {
    return k.layers == model.layers && k.hidden == model.hidden && k.heads == model.heads &&
           k.experts.routed == model.experts.routed && k.gated_mlp == model.gated_mlp;
  });
  return same == known.end() ? nullptr : &*same;
}

/// Of the usual head widths the one that brings the model nearest to its published size.
std::int64_t head_width_of_size(ModelShape model, double n_parameters) {
  std::int64_t best = 0;
  double nearest = std::numeric_limits<double>::infinity();
  for (const std::int64_t width :
       {model.hidden / model.heads, std::int64_t{64}, std::int64_t{128}, std::int64_t{256}}) {
    model.head_dim = width;
    const double miss = std::abs(parameters(model) - n_parameters);
    if (miss < nearest) {
      nearest = miss;
      best = width;
    }
  }
  return best;
}

void read_experts(ModelShape& model, const TextRow& row) {
  model.experts = {
      .routed = count(row.moe_experts, "moe_experts"),
      .per_token = count(row.moe_top_k, "moe_top_k"),
      .ffn_hidden = count(row.moe_ffn, "moe_ffn"),
      .shared = none_or_zero(row.moe_shared) ? 0 : count(row.moe_shared, "moe_shared_experts"),
      .dense_layers = 0,
      .domains_per_token = 0};
}

ModelShape model_of(const TextRow& row, std::span<const ModelShape> known) {
  ModelShape model;
  model.layers = count(row.layers, "layers", 100'000);
  model.hidden = count(row.hidden, "hidden");
  if (none_or_zero(row.moe_experts))
    model.ffn_hidden = count(row.ffn_hidden, "ffn_hidden");
  else
    read_experts(model, row);
  model.heads = count(row.heads, "heads");
  model.kv_heads = count_or(row.kv_heads, "kv_heads", model.heads);
  model.vocab = count(row.vocab, "vocab");
  model.gated_mlp = row.gated_mlp == "yes";
  // GPT-like models of these papers tie their embeddings, gated ones (Llama) do not.
  model.tied_embeddings = !model.gated_mlp;
  if (const ModelShape* card = find_known(model, known)) {
    model.head_dim = card->head_dim;
    if (card->latent.kv_rank > 0) model.kv_heads = model.heads;
    model.latent = card->latent;
    model.tied_embeddings = card->tied_embeddings;
    model.experts.dense_layers = card->experts.dense_layers;
    model.experts.domains_per_token = card->experts.domains_per_token;
    if (model.experts.routed > 0) model.ffn_hidden = card->ffn_hidden;
  } else if (model.experts.routed > 0 && !unknown(row.params_b)) {
    model.head_dim = head_width_of_size(model, 1e9 * positive(row.params_b, "params_b"));
  }
  return model;
}

/// Throws for a plan that cannot have run. One whose layers, batch or microbatches do not divide
/// evenly may have: it is rounded up.
void check(const MeasuredStep& step, std::int64_t n_gpus) {
  const Plan& plan = step.plan;
  constexpr double largest = 1e12;
  const auto product = [](std::initializer_list<std::int64_t> factors) {
    double n = 1.0;
    for (const auto factor : factors) n *= static_cast<double>(factor);
    return n;
  };
  if (product({plan.tensor, plan.pipeline, plan.data, plan.context}) > largest ||
      product({plan.pipeline, plan.virtual_stages}) > largest ||
      product({plan.pipeline, plan.data, plan.microbatch}) > largest ||
      product({step.batch.sequence, plan.microbatch, step.model.experts.per_token}) > largest)
    throw Unusable{"its counts multiply to more than 1e12"};
  for (const PlanProblem& problem : problems(plan, step.model, step.batch, n_gpus)) {
    const bool rounded = problem.field == "layers" || problem.field == "global_batch" ||
                         problem.field == "microbatch" || problem.field == "virtual_stages" ||
                         problem.field == "schedule";
    if (!rounded) throw Unusable{problem.what};
  }
}

Recompute recompute_of(const std::string& text) {
  if (text == "full") return Recompute::Full;
  if (text == "selective") return Recompute::Selective;
  if (text == "none" || unknown(text)) return Recompute::None;
  throw Unusable{"recompute is '" + text + "'"};
}

Plan plan_of(const TextRow& row) {
  Plan plan;
  plan.tensor = count(row.tp, "tp");
  plan.pipeline = count(row.pp, "pp");
  plan.context = count_or(row.cp, "cp", 1);
  const std::int64_t replica = plan.tensor * plan.pipeline * plan.context;
  plan.data = count_or(row.dp, "dp", count(row.gpus, "gpus") / replica);
  plan.expert = count_or(row.ep, "ep", 1);
  plan.uneven_layers = true;  // it ran
  plan.virtual_stages = count_or(row.virtual_stages, "virtual_stages", 1);
  plan.microbatch = count_or(row.microbatch, "microbatch", 1);
  plan.sequence_parallel = row.seq_parallel == "yes" && plan.tensor > 1;
  plan.zero_stage =
      static_cast<int>(unknown(row.zero_stage) ? 0 : whole(row.zero_stage, "zero_stage"));
  if (fsdp_degree(row.notes) > 1) plan.zero_stage = 3;
  plan.recompute = recompute_of(row.recompute);
  if (row.notes.find("DualPipe") != std::string::npos) plan.schedule = PipelineSchedule::DualPipe;
  if (row.notes.find("ZB1P") != std::string::npos) plan.schedule = PipelineSchedule::ZeroBubble;
  const auto precision = find_precision(row.precision);
  if (!precision) throw Unusable{"precision is '" + row.precision + "'"};
  plan.precision = *precision;
  plan.attention =
      row.attention == "flash" ? AttentionKernel::Flash : AttentionKernel::FusedSoftmax;
  return plan;
}

MeasuredStep step_of(const TextRow& row, std::span<const ModelShape> known) {
  if (unknown(row.iter_s)) throw Unusable{"iter_s is not published"};
  MeasuredStep step;
  step.source = row.source;
  step.model_name = row.model;
  step.chip = row.gpu;
  step.stack = row.stack;
  step.measured = seconds(positive(row.iter_s, "iter_s"));
  step.model = model_of(row, known);
  step.plan = plan_of(row);
  step.open = {.microbatch = unknown(row.microbatch),
               .virtual_stages = unknown(row.virtual_stages),
               .recompute = unknown(row.recompute)};
  step.batch = {count(row.seq, "seq"), count(row.global_batch, "global_batch")};
  step.domain = count_or(row.scaleup_domain, "scaleup_domain", 8);
  step.scale_up = bytes_per_second(1e9 * positive(row.scaleup_rate, "scaleup_gbytes_per_s"));
  constexpr double bytes_per_gigabit = 1e9 / 8.0;
  step.scale_out =
      bytes_per_second(bytes_per_gigabit * positive(row.nic_rate, "nic_gbit_per_s_per_gpu"));
  check(step, count(row.gpus, "gpus"));
  return step;
}

}  // namespace

MeasuredRows read_measured_rows(const std::string& path, std::span<const ModelShape> known) {
  MeasuredRows rows;
  try {
    Reader reader(path);
    reader.read_header(io::ignore_extra_column, "source", "model", "params_b", "layers", "hidden",
                       "ffn_hidden", "heads", "kv_heads", "seq", "vocab", "gpu", "gpus", "tp", "pp",
                       "dp", "cp", "ep", "virtual_stages", "microbatch", "global_batch",
                       "recompute", "precision", "stack", "gated_mlp", "attention", "seq_parallel",
                       "zero_stage", "moe_experts", "moe_top_k", "moe_ffn", "moe_shared_experts",
                       "scaleup_domain", "scaleup_gbytes_per_s", "nic_gbit_per_s_per_gpu", "iter_s",
                       "notes");
    TextRow r;
    while (reader.read_row(r.source, r.model, r.params_b, r.layers, r.hidden, r.ffn_hidden, r.heads,
                           r.kv_heads, r.seq, r.vocab, r.gpu, r.gpus, r.tp, r.pp, r.dp, r.cp, r.ep,
                           r.virtual_stages, r.microbatch, r.global_batch, r.recompute, r.precision,
                           r.stack, r.gated_mlp, r.attention, r.seq_parallel, r.zero_stage,
                           r.moe_experts, r.moe_top_k, r.moe_ffn, r.moe_shared, r.scaleup_domain,
                           r.scaleup_rate, r.nic_rate, r.iter_s, r.notes)) {
      try {
        rows.steps.push_back(step_of(r, known));
      } catch (const Unusable& why) {
        rows.skipped.push_back({r.source, r.model, why.reason});
      }
    }
  } catch (const io::error::base& error) {
    throw std::runtime_error(error.what());
  }
  return rows;
}

}  // namespace longhaul::training
