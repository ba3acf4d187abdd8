#include "calibration_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <array>
#include <map>
#include <set>
#include <stdexcept>

namespace longhaul::tests {
namespace {

hardware::Chip chip(const char* name, double bf16, double fp8, double fp4, double memory_gb,
                    double memory_gb_s, std::int64_t multiprocessors) {
  hardware::Chip made;
  made.name = name;
  made.peak = {flop_per_second(bf16 * 1e12), flop_per_second(fp8 * 1e12),
               flop_per_second(fp4 * 1e12)};
  made.multiprocessors = multiprocessors;
  made.memory_size = bytes(memory_gb * 1e9);
  made.memory_bandwidth = bytes_per_second(memory_gb_s * 1e9);
  return made;
}

/// "12 us" in seconds.
double seconds_of(const std::string& text) {
  std::size_t at = 0;
  const double n = std::stod(text, &at);
  const std::string unit = text.substr(text.find_first_not_of(' ', at));
  static const std::map<std::string, double> units{{"us", 1e-6}, {"ms", 1e-3}, {"s", 1.0}};
  return n * units.at(unit);
}

struct RatioKey {
  const char* name;
  double training::Efficiency::*field;
};
constexpr std::array<RatioKey, 14> ratio_keys{{
    {"gemm", &training::Efficiency::gemm},
    {"attention", &training::Efficiency::attention},
    {"memory", &training::Efficiency::memory},
    {"optimizer_bytes", &training::Efficiency::optimizer_bytes},
    {"accumulation_bytes", &training::Efficiency::accumulation_bytes},
    {"scale_up", &training::Efficiency::scale_up},
    {"scale_out", &training::Efficiency::scale_out},
    {"tensor_overlap", &training::Efficiency::tensor_overlap},
    {"pipeline_overlap", &training::Efficiency::pipeline_overlap},
    {"data_overlap", &training::Efficiency::data_overlap},
    {"zero3_overlap", &training::Efficiency::zero3_overlap},
    {"zero3_messages", &training::Efficiency::zero3_messages},
    {"straggler_sigma", &training::Efficiency::straggler_sigma},
    {"stack_factor", &training::Efficiency::stack_factor},
}};
struct TimeKey {
  const char* name;
  Seconds training::Efficiency::*field;
};
constexpr std::array<TimeKey, 8> time_keys{{
    {"launch", &training::Efficiency::launch},
    {"layer_issue", &training::Efficiency::layer_issue},
    {"host_step", &training::Efficiency::host_step},
    {"scale_up_hop", &training::Efficiency::scale_up_hop},
    {"scale_out_hop", &training::Efficiency::scale_out_hop},
    {"tensor_alpha", &training::Efficiency::tensor_alpha},
    {"pipeline_alpha", &training::Efficiency::pipeline_alpha},
    {"data_alpha", &training::Efficiency::data_alpha},
}};

training::CalibrationSet set_of(const toml::table& table,
                                const std::vector<training::CalibrationSet>& earlier) {
  training::CalibrationSet set;
  const auto text = [&](const char* key) {
    const auto value = table[key].value<std::string>();
    if (!value) throw std::runtime_error(fmt::format("calibration: {} is missing", key));
    return *value;
  };
  set.name = text("name");
  set.chip = text("chip");
  set.stack = text("stack");
  const toml::array* recipes = table["precisions"].as_array();
  if (recipes == nullptr) throw std::runtime_error("calibration: precisions is missing");
  for (const toml::node& recipe : *recipes) {
    set.precisions.push_back(training::find_precision(recipe.value<std::string>().value()).value());
  }
  const bool inherits = table.contains("like");
  if (inherits) {
    const std::string base = text("like");
    for (const training::CalibrationSet& other : earlier) {
      if (other.name == base) set.efficiency = other.efficiency;
    }
  }
  std::set<std::string> known{"name", "chip", "stack", "precisions", "like", "source"};
  for (const RatioKey& key : ratio_keys) {
    known.insert(key.name);
    if (const auto value = table[key.name].value<double>()) {
      set.efficiency.*key.field = *value;
    } else if (!inherits) {
      throw std::runtime_error(fmt::format("calibration: {} lacks {}", set.name, key.name));
    }
  }
  for (const TimeKey& key : time_keys) {
    known.insert(key.name);
    if (table.contains(key.name)) {
      set.efficiency.*key.field = seconds(seconds_of(text(key.name)));
    } else if (!inherits) {
      throw std::runtime_error(fmt::format("calibration: {} lacks {}", set.name, key.name));
    }
  }
  for (const auto& [key, value] : table) {
    if (known.count(std::string(key.str())) == 0) {
      throw std::runtime_error(fmt::format("calibration: unknown key {}", key.str()));
    }
  }
  return set;
}

}  // namespace

std::vector<hardware::Chip> published_chips() {
  return {chip("A100-80GB-SXM", 312, 0, 0, 80, 2039, 108),
          chip("A100-40GB-SXM", 312, 0, 0, 40, 1555, 108),
          chip("H100-80GB-SXM", 989.5, 1979, 0, 80, 3350, 132),
          chip("H200-SXM", 989.5, 1979, 0, 141, 4800, 132),
          chip("B200-SXM", 2250, 4500, 9000, 180, 8000, 148),
          chip("GB200-NVL72", 2500, 5000, 10000, 186, 8000, 152),
          chip("B300-SXM", 2250, 4500, 14000, 288, 8000, 148),
          chip("GB300-NVL72", 2500, 5000, 15000, 288, 8000, 152)};
}

std::vector<training::CalibrationSet> read_calibration(const std::string& path) {
  const toml::table file = toml::parse_file(path);
  std::vector<training::CalibrationSet> sets;
  const toml::array* tables = file["set"].as_array();
  if (tables == nullptr) throw std::runtime_error(path + ": no [[set]]");
  for (const toml::node& node : *tables) {
    sets.push_back(set_of(*node.as_table(), sets));
  }
  return sets;
}

}  // namespace longhaul::tests
