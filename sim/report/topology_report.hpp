// What fabrics cost, carry and break under, side by side: a table, JSON or CSV.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collectives/on_fabric.hpp"
#include "fabric/bill.hpp"
#include "fabric/survey.hpp"
#include "units/quantity.hpp"

namespace longhaul::report {

/// One collective among the first GPUs of a fabric.
struct CollectiveResult {
  std::string operation;
  std::int64_t ranks = 0;
  Bytes size;  ///< a rank's whole buffer
  std::string algorithm;
  Seconds analytic;              ///< closed form with link loads
  Seconds flow;                  ///< as flows on SimGrid
  BytesPerSecond bus_bandwidth;  ///< of the flows
};

struct TopologyRow {
  std::string name;
  std::string topology;  ///< "fat_tree", "dragonfly"
  fabric::Survey survey;
  fabric::Bill bill;
  BytesPerSecond all_reduce_rate;  ///< of all GPUs, as collectives::rail_rings_rate()
  std::optional<CollectiveResult> collective;
};

/// Metrics down, fabrics across.
std::string topology_table(const std::vector<TopologyRow>& rows);

/// Keys and units: scenarios/README.md. One object a fabric.
std::string topology_json(const std::vector<TopologyRow>& rows);

/// The same keys as columns.
std::string topology_csv(const std::vector<TopologyRow>& rows);

}  // namespace longhaul::report
