// Models, chips and constants that the tests of this room share.
#pragma once

#include "hardware/chip.hpp"
#include "training/efficiency.hpp"
#include "training/model_shape.hpp"

namespace longhaul::tests {

inline training::ModelShape llama3_405b() {
  return {.layers = 126,
          .hidden = 16384,
          .ffn_hidden = 53248,
          .heads = 128,
          .kv_heads = 8,
          .vocab = 128256,
          .gated_mlp = true,
          .tied_embeddings = false};
}

inline training::ModelShape gpt3_175b() {
  return {.layers = 96,
          .hidden = 12288,
          .ffn_hidden = 49152,
          .heads = 96,
          .kv_heads = 96,
          .vocab = 51200};
}

inline training::ModelShape qwen3_30b() {
  return {.layers = 48,
          .hidden = 2048,
          .heads = 32,
          .kv_heads = 4,
          .head_dim = 128,
          .vocab = 151936,
          .gated_mlp = true,
          .tied_embeddings = false,
          .experts = {.routed = 128, .per_token = 8, .ffn_hidden = 768}};
}

inline training::ModelShape deepseek_v3() {
  return {.layers = 61,
          .hidden = 7168,
          .ffn_hidden = 18432,
          .heads = 128,
          .kv_heads = 128,
          .head_dim = 128,
          .vocab = 129280,
          .gated_mlp = true,
          .tied_embeddings = false,
          .experts = {.routed = 256,
                      .per_token = 8,
                      .ffn_hidden = 2048,
                      .shared = 1,
                      .dense_layers = 3,
                      .domains_per_token = 4},
          .latent = {.query_rank = 1536, .kv_rank = 512, .rope_dim = 64, .value_dim = 128}};
}

/// 100 multiprocessors, 100 TFLOP/s, 1 TB/s, 100 GB, 100 GB/s up and 10 GB/s out: round numbers.
inline hardware::Chip round_chip() {
  hardware::Chip chip;
  chip.name = "round";
  chip.peak = {flop_per_second(100e12), flop_per_second(200e12), flop_per_second(400e12)};
  chip.multiprocessors = 100;
  chip.memory_size = bytes(100e9);
  chip.memory_bandwidth = bytes_per_second(1e12);
  chip.scale_up_bandwidth = bytes_per_second(100e9);
  chip.nic_bandwidth = bytes_per_second(10e9);
  return chip;
}

}  // namespace longhaul::tests
