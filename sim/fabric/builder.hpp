// What all generators lay their fabrics with, so that a NIC, a switch and a cable mean the same in
// every topology.
//
// Latency of a link: its cable, the switch it leads to, and the NIC where it leads from or to one.
// A route over s switches so takes 2 nic_latency + s switch_latency + its cables. Where GPUs are
// the routers, a link takes its cable and switch_latency.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fabric/graph.hpp"
#include "units/quantity.hpp"

namespace longhaul::fabric {

/// Speeds and latencies of the parts. Defaults: H100 with a 400G RoCE NIC.
struct Parts {
  BytesPerSecond scale_up_bandwidth = bytes_per_second(450e9);  ///< of a GPU, one way (NVLink 4)
  BytesPerSecond nic_bandwidth = bytes_per_second(50e9);        ///< of a GPU, one way (400 Gbps)

  // RoCE, 64 bytes end to end: 3.6 us under one leaf, 5.6 us across leaves; NVLink 3.33 us
  // [arXiv 2505.09343, table 5]: so 1.0 us a switch, and 1.3 us a side with NIC and software.
  Seconds switch_latency = seconds(1.0e-6);
  Seconds nic_latency = seconds(1.3e-6);        ///< once at each end
  Seconds scale_up_latency = seconds(3.33e-6);  ///< from GPU to GPU of a node
  SecondsPerMetre fibre_latency = seconds(4.9e-9) / metres(1);
  Metres nic_cable = metres(3);  ///< from a GPU's NIC to its switch, in the rack. Assumption.

  friend bool operator==(const Parts&, const Parts&) = default;
};

/// Throws std::invalid_argument for rates that are not positive and negative latencies or lengths.
void validate(const Parts& parts);

class Builder {
 public:
  /// GPUs, in nodes of `gpus_per_node` behind a scale-up switch where that is more than 1.
  Builder(const Parts& parts, std::int64_t gpus, std::int64_t gpus_per_node);

  /// Returns the first of `n` new vertices.
  VertexIndex add(VertexKind kind, int level, std::int64_t n);

  /// A GPU's NIC to a switch, at `port()`.
  void plug(VertexIndex gpu, VertexIndex switch_vertex);

  /// `cables` equal cables between two switches, or between GPUs that are routers themselves, each
  /// of `bandwidth`, seen as one link of their sum. Of kind Nic, `from` is the GPU. A GPU enters a
  /// campus by a NIC too.
  void join(VertexIndex from, VertexIndex to, std::int64_t cables, BytesPerSecond bandwidth,
            Metres length, LinkKind kind = LinkKind::SwitchToSwitch);

  /// One port of a NIC, and of the switches of its network: the NIC's bandwidth over the planes
  /// that share it.
  BytesPerSecond port() const { return port_; }
  void set_port(BytesPerSecond port) { port_ = port; }

  /// Says where a GPU stands, unless an earlier network said so: under this leaf, in this pod of
  /// its building (-1: there are none).
  void stand(VertexIndex gpu, VertexIndex leaf, std::int64_t pod);
  /// Pods from here on are those of the next building.
  void begin_building() { first_pod_ = next_pod_; }

  const Parts& parts() const { return parts_; }

  /// Where campus, sites and stores are joined to the network: the top layer of a tree.
  void add_tops(VertexIndex first, std::int64_t n);
  std::vector<VertexIndex> take_tops() { return std::exchange(tops_, {}); }

  void set_structure(Structure structure) { fabric_.structure = structure; }
  /// Says which GPUs of a network are in the upper half of a cut; `is_upper` gets i for `gpus[i]`.
  /// The halves of several networks are one cut by its name; where they have an odd number of GPUs
  /// each, that would not halve them all, and there is none.
  void cut(std::string name, std::span<const VertexIndex> gpus,
           const std::function<bool(std::int64_t)>& is_upper);
  /// A cut "dimension d" across each dimension of a grid, the others whole: GPUs ordered by that
  /// coordinate first, then by number. A point of the grid holds `gpus_per_point` consecutive GPUs,
  /// and numbers run through the first dimension first.
  void cut_dimensions(std::span<const VertexIndex> gpus, const std::vector<std::int64_t>& sizes,
                      std::int64_t gpus_per_point = 1);

  Fabric& fabric() { return fabric_; }
  Fabric take() { return std::move(fabric_); }

 private:
  Parts parts_;
  BytesPerSecond port_;
  Fabric fabric_;
  std::vector<VertexIndex> tops_;
  std::int32_t first_pod_ = 0, next_pod_ = 0;
};

/// Throws std::invalid_argument "name = value, but it must be positive"; infinity is not.
void positive(const char* name, double value);
/// Throws std::invalid_argument "name = value, but it must be at least least".
void at_least(const char* name, std::int64_t value, std::int64_t least);
void at_least(const char* name, double value, double least);
/// Throws std::invalid_argument when a generator's graph would be too large to hold.
void check_links(double gpus, double links);

}  // namespace longhaul::fabric
