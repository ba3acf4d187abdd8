// The shape of a transformer, how many parameters it has and how many FLOP a token costs.
#pragma once

#include <cstdint>

#include "units/quantity.hpp"

namespace longhaul::training {

/// Layers whose MLP is a choice of experts.
struct Experts {
  std::int64_t routed = 0;        ///< experts of a layer that tokens choose from; 0: a dense model
  std::int64_t per_token = 0;     ///< of them, chosen for each token (top-k)
  std::int64_t ffn_hidden = 0;    ///< inner width of one expert
  std::int64_t shared = 0;        ///< experts of the same width that every token passes through
  std::int64_t dense_layers = 0;  ///< first layers, which have a dense MLP of `ffn_hidden` instead
  std::int64_t domains_per_token = 0;  ///< most scale-up domains on which the experts of a token
                                       ///< may lie (node-limited routing); 0: any
};

/// Multi-head latent attention: queries, and keys with values, go through a narrow projection
/// [DeepSeek-V2, arXiv 2405.04434, 2.1].
struct LatentAttention {
  std::int64_t query_rank = 0;  ///< width of the queries' projection; 0: none, queries are direct
  std::int64_t kv_rank = 0;     ///< width of keys' and values' projection; 0: usual attention
  std::int64_t rope_dim = 0;    ///< width of a head's part with rotary positions, beside head_dim
  std::int64_t value_dim = 0;   ///< width of a head's values; 0: head_dim
};

/// A decoder-only transformer. Counts are of the whole model, before it is divided.
struct ModelShape {
  std::int64_t layers = 0;
  std::int64_t hidden = 0;      ///< width of the residual stream, h
  std::int64_t ffn_hidden = 0;  ///< inner width of the MLP, f
  std::int64_t heads = 0;       ///< query heads, a
  std::int64_t kv_heads = 0;    ///< key and value heads; equal to `heads` without grouping
  std::int64_t head_dim = 0;    ///< width of a head; 0 means hidden / heads
  std::int64_t vocab = 0;       ///< entries of the vocabulary, V
  bool gated_mlp = false;       ///< three MLP matrices (SwiGLU) rather than two
  bool tied_embeddings = true;  ///< input embedding and output projection are one matrix
  Experts experts{};
  LatentAttention latent{};
};

/// Whether a layer's MLP is one for all tokens, or a choice of experts.
enum class LayerKind { Dense, Experts };

/// Layers of a kind: the dense ones come first.
std::int64_t layers_of(const ModelShape& model, LayerKind kind);

/// Width of one head; under latent attention, of its part without positions.
inline std::int64_t head_width(const ModelShape& model) {
  return model.head_dim > 0 ? model.head_dim : model.hidden / model.heads;
}
/// Width of one head's queries and keys.
inline std::int64_t score_width(const ModelShape& model) {
  return head_width(model) + model.latent.rope_dim;
}
/// Width of one head's values.
inline std::int64_t value_width(const ModelShape& model) {
  return model.latent.value_dim > 0 ? model.latent.value_dim : head_width(model);
}
/// Width of all query heads together.
inline std::int64_t query_width(const ModelShape& model) {
  return score_width(model) * model.heads;
}
/// Width of all heads' values together, which the output projection takes.
inline std::int64_t attended_width(const ModelShape& model) {
  return value_width(model) * model.heads;
}
/// Width of all keys and values together, as attention reads them.
inline std::int64_t key_value_width(const ModelShape& model) {
  return (score_width(model) + value_width(model)) * model.kv_heads;
}
/// Matrices of one MLP that take the hidden width to `ffn_hidden`: 2 when gated, else 1.
inline std::int64_t mlp_inputs(const ModelShape& model) { return model.gated_mlp ? 2 : 1; }

/// Parameters of one layer's attention that a tensor group divides, and that it repeats (the
/// narrow side of latent attention).
double divided_attention_parameters(const ModelShape& model);
double repeated_attention_parameters(const ModelShape& model);
/// Parameters of one routed expert.
double expert_parameters(const ModelShape& model);
/// Parameters of one layer beside its routed experts: attention, dense MLP or shared experts,
/// router (norms and biases left out: below 0.1 %).
double common_layer_parameters(const ModelShape& model, LayerKind kind);
/// Parameters of the matrices of one layer.
double layer_parameters(const ModelShape& model, LayerKind kind);
/// The same without the experts that a token does not pass through.
double active_layer_parameters(const ModelShape& model, LayerKind kind);
/// Parameters of one embedding matrix, V h.
double embedding_parameters(const ModelShape& model);
/// Parameters of the whole model: layers, embeddings (one or two) and norms.
double parameters(const ModelShape& model);
/// The same without the experts that a token does not pass through.
double active_parameters(const ModelShape& model);

/// FLOP that one token costs forward in the matrices of one layer: two a parameter it meets.
Flop layer_matrix_flop(const ModelShape& model, LayerKind kind);
/// FLOP that one token costs forward in attention scores and values of one layer, 2 s a (score
/// width + value width), 4 s q where they are alike. `causal` counts only what the causal mask
/// leaves, half of it.
Flop layer_attention_flop(const ModelShape& model, std::int64_t sequence, bool causal);

/// Model FLOP of one token, forward and backward (three forwards), recomputation not counted.
/// The convention of the Megatron papers: attention counts in full, as if there were no causal
/// mask: 72 b s l h^2 (1 + s/(6h) + V/(12 l h)) for a plain GPT [Narayanan+, SC'21, appendix
/// without its recomputation]. Kernels that skip the mask then show a higher MFU.
Flop model_flop_per_token(const ModelShape& model, std::int64_t sequence);

}  // namespace longhaul::training
