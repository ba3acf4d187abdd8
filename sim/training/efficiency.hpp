// Every constant of the step model that was measured or fitted: one set a chip, precision recipe
// and software stack. The values live in platforms/calibration.toml alone, each with its source;
// a default-made Efficiency is the ideal machine, and is of use only to tests.
#pragma once

#include "units/quantity.hpp"

namespace longhaul::training {

struct Efficiency {
  // Compute
  double gemm = 1.0;                ///< share of peak that a large matrix product sustains
  double grouped_half_depth = 0.0;  ///< inner width at which products that share a kernel reach
                                    ///< half of `gemm`: what a tile costs beside its own work
  double attention = 1.0;           ///< share of the 16-bit peak that the attention core sustains
  double memory = 1.0;              ///< share of memory bandwidth that streaming kernels sustain
  Seconds launch;                   ///< dead time between two kernels on the GPU [s]
  Seconds layer_issue;   ///< the host issues one layer's kernels, one pass [s]; bounds from below
  Seconds expert_issue;  ///< the same for what experts add to a layer, one pass [s]
  Seconds host_step;     ///< host work a step that nothing hides: data, scalars, logging [s]
  double optimizer_bytes = 0.0;     ///< memory traffic of the optimizer [B a parameter held]
  double accumulation_bytes = 0.0;  ///< extra traffic to add weight gradients up [B a parameter
                                    ///< and microbatch]; 0 where the matrix product does it
  // Communication
  double scale_up = 1.0;          ///< share of scale-up bandwidth that a ring collective reaches
  double scale_out = 1.0;         ///< share of NIC bandwidth that a collective reaches
  Seconds scale_up_hop;           ///< latency of one ring step inside a scale-up domain [s]
  Seconds scale_out_hop;          ///< latency of one ring step between domains [s]
  Seconds tensor_alpha;           ///< software cost of a tensor or context collective [s]
  Seconds expert_alpha;           ///< software cost of an exchange between experts' ranks [s]
  Seconds pipeline_alpha;         ///< software cost of a transfer between stages [s]
  Seconds data_alpha;             ///< software cost of a data-parallel collective [s]
  double tensor_overlap = 0.0;    ///< share of tensor traffic hidden under matrix products
  double expert_overlap = 0.0;    ///< share of expert traffic hidden under the layer's compute
  double expert_dedup = 0.0;      ///< 1: a token crosses once to each domain that has experts of
                                  ///< its; 0: once for each expert
  double pipeline_overlap = 0.0;  ///< share of stage transfers hidden in steady state
  double data_overlap = 0.0;      ///< share of the window that data-parallel traffic can use
  double zero3_overlap = 0.0;     ///< the same for the gathers and scatters of ZeRO-3
  double zero3_messages = 1.0;    ///< collectives that one layer's parameters are gathered by
  // The rest
  double straggler_sigma = 0.0;  ///< relative width of a rank's noise in a step
  double stack_factor = 1.0;     ///< time of everything but communication over the base set
};

}  // namespace longhaul::training
