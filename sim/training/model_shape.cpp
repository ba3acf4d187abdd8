#include "training/model_shape.hpp"

#include <algorithm>

namespace longhaul::training {
namespace {

double real(std::int64_t n) { return static_cast<double>(n); }

/// Parameters of an MLP of inner width `ffn`.
double mlp_parameters(const ModelShape& model, std::int64_t ffn) {
  return real(mlp_inputs(model) + 1) * real(model.hidden) * real(ffn);
}

/// The sum over all layers of what one layer of a kind has.
template <class OfLayer>
auto over_layers(const ModelShape& model, OfLayer of_layer) {
  auto sum = real(layers_of(model, LayerKind::Dense)) * of_layer(LayerKind::Dense);
  if (model.experts.routed > 0)
    sum += real(layers_of(model, LayerKind::Experts)) * of_layer(LayerKind::Experts);
  return sum;
}

double outside_layers(const ModelShape& model) {
  const double norms = (2.0 * real(model.layers) + 1.0) * real(model.hidden);
  return (model.tied_embeddings ? 1.0 : 2.0) * embedding_parameters(model) + norms;
}

}  // namespace

std::int64_t layers_of(const ModelShape& model, LayerKind kind) {
  const std::int64_t dense =
      model.experts.routed > 0 ? std::min(model.experts.dense_layers, model.layers) : model.layers;
  return kind == LayerKind::Dense ? dense : model.layers - dense;
}

double divided_attention_parameters(const ModelShape& model) {
  const double h = real(model.hidden);
  const LatentAttention& latent = model.latent;
  const double output = real(attended_width(model)) * h;
  if (latent.kv_rank == 0)
    return (real(query_width(model)) + real(key_value_width(model))) * h + output;
  const double query_input = latent.query_rank > 0 ? real(latent.query_rank) : h;
  const double keys_and_values =
      real(latent.kv_rank) * real(model.heads) * real(head_width(model) + value_width(model));
  return query_input * real(query_width(model)) + keys_and_values + output;
}

double repeated_attention_parameters(const ModelShape& model) {
  const LatentAttention& latent = model.latent;
  if (latent.kv_rank == 0) return 0.0;
  return real(model.hidden) * real(latent.query_rank + latent.kv_rank + latent.rope_dim);
}

double expert_parameters(const ModelShape& model) {
  return mlp_parameters(model, model.experts.ffn_hidden);
}

double common_layer_parameters(const ModelShape& model, LayerKind kind) {
  const double attention =
      divided_attention_parameters(model) + repeated_attention_parameters(model);
  if (kind == LayerKind::Dense) return attention + mlp_parameters(model, model.ffn_hidden);
  return attention + real(model.experts.shared) * expert_parameters(model) +
         real(model.hidden) * real(model.experts.routed);
}

double layer_parameters(const ModelShape& model, LayerKind kind) {
  const double routed = kind == LayerKind::Experts ? real(model.experts.routed) : 0.0;
  return common_layer_parameters(model, kind) + routed * expert_parameters(model);
}

double active_layer_parameters(const ModelShape& model, LayerKind kind) {
  const double chosen = kind == LayerKind::Experts ? real(model.experts.per_token) : 0.0;
  return common_layer_parameters(model, kind) + chosen * expert_parameters(model);
}

double embedding_parameters(const ModelShape& model) {
  return real(model.vocab) * real(model.hidden);
}

double parameters(const ModelShape& model) {
  return over_layers(model, [&](LayerKind kind) { return layer_parameters(model, kind); }) +
         outside_layers(model);
}

double active_parameters(const ModelShape& model) {
  return over_layers(model, [&](LayerKind kind) { return active_layer_parameters(model, kind); }) +
         outside_layers(model);
}

Flop layer_matrix_flop(const ModelShape& model, LayerKind kind) {
  return flop(2.0 * active_layer_parameters(model, kind));
}

Flop layer_attention_flop(const ModelShape& model, std::int64_t sequence, bool causal) {
  const double widths = real(query_width(model)) + real(attended_width(model));
  return flop((causal ? 1.0 : 2.0) * real(sequence) * widths);
}

Flop model_flop_per_token(const ModelShape& model, std::int64_t sequence) {
  const Flop matrices =
      over_layers(model, [&](LayerKind kind) { return layer_matrix_flop(model, kind); });
  const Flop attention = real(model.layers) * layer_attention_flop(model, sequence, false);
  const Flop logits = flop(2.0 * embedding_parameters(model));
  return 3.0 * (matrices + attention + logits);
}

}  // namespace longhaul::training
