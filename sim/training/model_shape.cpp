#include "training/model_shape.hpp"

namespace longhaul::training {

double layer_parameters(const ModelShape& model) {
  const auto h = static_cast<double>(model.hidden);
  const auto q = static_cast<double>(query_width(model));
  const auto kv = static_cast<double>(kv_width(model));
  const auto f = static_cast<double>(model.ffn_hidden);
  const auto mlp_matrices = static_cast<double>(mlp_inputs(model) + 1);
  return h * (q + 2.0 * kv) + q * h + mlp_matrices * h * f;
}

double embedding_parameters(const ModelShape& model) {
  return static_cast<double>(model.vocab) * static_cast<double>(model.hidden);
}

double parameters(const ModelShape& model) {
  const auto layers = static_cast<double>(model.layers);
  const double norms = (2.0 * layers + 1.0) * static_cast<double>(model.hidden);
  const double embeddings = model.tied_embeddings ? 1.0 : 2.0;
  return layers * layer_parameters(model) + embeddings * embedding_parameters(model) + norms;
}

Flop layer_matrix_flop(const ModelShape& model) { return flop(2.0 * layer_parameters(model)); }

Flop layer_attention_flop(const ModelShape& model, std::int64_t sequence, bool causal) {
  const auto s = static_cast<double>(sequence);
  const auto q = static_cast<double>(query_width(model));
  return flop((causal ? 2.0 : 4.0) * s * q);
}

Flop model_flop_per_token(const ModelShape& model, std::int64_t sequence) {
  const Flop layer = layer_matrix_flop(model) + layer_attention_flop(model, sequence, false);
  const Flop logits = flop(2.0 * embedding_parameters(model));
  return 3.0 * (static_cast<double>(model.layers) * layer + logits);
}

}  // namespace longhaul::training
