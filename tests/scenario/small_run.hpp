// A scenario of two nodes in four files, as something to make mistakes in.
#pragma once

#include "files.hpp"

namespace longhaul::scenario {

struct NamedText {
  const char* name;
  const char* text;
};

inline constexpr NamedText small_run[] = {
    {"scenario.toml", R"(title = "a small run"
start = "2024-06-01"
duration = "10 days"
seed = 7

[cluster]
platform = "cards/cluster.toml"

[run]
model = "cards/model.toml"
gpus = 16
sequence = 1024
global_batch = 32
stack = "meta-2024"
fidelity = "analytic"

[run.plan]
tensor = 2
pipeline = 2
data = 4

[run.checkpoint]
interval = "30 min"

[failures]
causes = "cards/failures.toml"

[recovery]
detect = { uniform = ["1 min", "5 min"] }
)"},
    {"cards/cluster.toml", R"(name = "small"
chip = "chip.toml"

fabric.gpus_per_node = 8
[fabric.three_layer_clos]
gpus_per_leaf = 16
leaves_per_pod = 2
pods = 2
aggregation_per_pod = 4
cores = 4
taper = 1

[storage]
bandwidth = "100 GB/s"

[power]
server_per_gpu = "575 W"
)"},
    {"cards/chip.toml", R"(name = "H100-80GB-SXM"
multiprocessors = 132
peak = { bf16 = "989.5 TFLOP/s" }
memory = { size = "80 GB", bandwidth = "3.35 TB/s" }
links = { scale_up = "450 GB/s", nic = "400 Gbps" }
power = { tdp = "700 W" }
)"},
    {"cards/model.toml", R"(name = "1B"
layers = 16
hidden = 2048
ffn_hidden = 8192
heads = 16
kv_heads = 16
vocab = 32000
)"},
    {"cards/failures.toml", R"(name = "few"
gpus = 1000
observed = "100 days"

[[cause]]
name = "gpu"
group = "gpu"
count = 40
strikes = "gpu"

[[cause]]
name = "software"
group = "software"
count = 20
strikes = "job"
)"},
    {"replay.csv", R"(# two stops
time_s,cause,lost_s
100,gpu,60
200,software,
)"},
};

/// Writes all of it; returns the path of the scenario.
inline std::string write_small_run(const Files& files) {
  for (const auto& [name, text] : small_run) files.write(name, text);
  return files.path("scenario.toml");
}

/// The same 16 GPUs on a torus of four boards joined by optical switches, beside two that stand by.
inline std::string write_torus_run(const Files& files) {
  auto path = write_small_run(files);
  files.write("cards/cluster.toml", R"(name = "boards"
chip = "chip.toml"
fabric.gpus_per_node = 1
[fabric.torus]
dimensions = [4, 4]
board = [2, 2]
optical_switches = true
spare_boards = 2
[storage]
bandwidth = "100 GB/s"
[power]
server_per_gpu = "575 W"
)");
  return path;
}

}  // namespace longhaul::scenario
