#include "fabric/bisection.hpp"

#include <algorithm>
#include <array>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/range/iterator_range.hpp>
#include <numeric>
#include <vector>

#include "fabric/network_rows.hpp"

namespace longhaul::fabric {
namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

// The GPUs of each half are one vertex: what one of them can send, all can.
constexpr std::int32_t lower_half = 0;
constexpr std::int32_t upper_half = 1;

std::vector<std::int32_t> contract_halves(const Fabric& fabric, std::span<const char> upper) {
  std::vector<std::int32_t> vertex(fabric.vertices.size());
  std::int32_t next = upper_half + 1;
  for (std::int64_t v = 0; v < std::ssize(vertex); ++v)
    vertex[at(v)] = v < fabric.n_gpus() ? (upper[at(v)] != 0 ? upper_half : lower_half) : next++;
  return vertex;
}

/// The graph between the halves. Several links of a switch to the GPUs of one half are one arc.
class HalvesGraph {
 public:
  HalvesGraph(const Fabric& fabric, std::span<const char> upper, Failed failed) {
    const std::vector<std::int32_t> vertex = contract_halves(fabric, upper);
    const std::int64_t n = std::ssize(fabric.vertices) - fabric.n_gpus() + 2;
    std::vector<ArcInto> arcs;
    // What each vertex takes from the two halves.
    std::vector<std::array<Arc, 2>> from_halves(at(n),
                                                {Arc{lower_half, 0, 0.0}, Arc{upper_half, 0, 0.0}});
    for (LinkIndex l = 0; l < std::ssize(fabric.links); ++l) {
      const Link& link = fabric.links[at(l)];
      const std::int32_t from = vertex[at(link.src)];
      const std::int32_t into = vertex[at(link.dst)];
      if (from == into || link.kind == LinkKind::Storage || link.src == failed.vertex ||
          link.dst == failed.vertex)
        continue;
      Arc arc{from, static_cast<double>(link.cables), link.bandwidth.value()};
      if (l == failed.link || l == reverse(failed.link)) {
        arc.bandwidth *= (arc.cables - 1.0) / arc.cables;
        arc.cables -= 1.0;
      }
      if (from > upper_half) {
        if (into > upper_half) arcs.push_back({into, arc});
        continue;
      }
      Arc& sum = from_halves[at(into)][at(from)];
      sum.cables += arc.cables;
      sum.bandwidth += arc.bandwidth;
    }
    for (std::int32_t into = 0; into < n; ++into)
      for (const Arc& arc : from_halves[at(into)])
        if (arc.cables > 0) arcs.push_back({into, arc});
    std::vector<std::uint64_t> labels(at(n), 2);
    labels[lower_half] = 0;
    labels[upper_half] = 1;
    twins_ = merge_twins(make_rows(n, arcs), labels);
  }

  /// `capacity(arc)` of one link.
  template <class Capacity>
  double max_flow(Capacity capacity) const;

 private:
  Twins twins_;
};

template <class Capacity>
double HalvesGraph::max_flow(Capacity capacity) const {
  using Graph = boost::compressed_sparse_row_graph<boost::directedS>;
  using Edge = boost::graph_traits<Graph>::edge_descriptor;
  // Each arc and its reverse, which has the same capacity, side by side; then by where they start.
  std::vector<std::pair<std::size_t, std::size_t>> ends;
  std::vector<double> capacities;
  for (std::int32_t into = 0; into < std::ssize(twins_.first); ++into)
    for (const Arc& arc : twins_.rows.into(into)) {
      if (arc.from >= into) continue;
      const double all = capacity(arc) * twins_.count[at(into)] * twins_.count[at(arc.from)];
      ends.emplace_back(arc.from, into);
      ends.emplace_back(into, arc.from);
      capacities.insert(capacities.end(), 2, all);
    }
  std::vector<std::size_t> order(ends.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return ends[i].first; });
  std::vector<std::pair<std::size_t, std::size_t>> sorted_ends;
  std::vector<double> sorted_capacities;
  std::vector<std::size_t> place(ends.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    sorted_ends.push_back(ends[order[i]]);
    sorted_capacities.push_back(capacities[order[i]]);
    place[order[i]] = i;
  }
  const std::size_t n = twins_.first.size();
  const Graph graph(boost::edges_are_sorted, sorted_ends.begin(), sorted_ends.end(), n);
  const auto edge_number = get(boost::edge_index, graph);
  const auto vertex_number = get(boost::vertex_index, graph);
  std::vector<Edge> by_number(ends.size()), reverses(ends.size());
  for (const auto [edge, end] = edges(graph);
       const Edge& one : boost::make_iterator_range(edge, end))
    by_number[get(edge_number, one)] = one;
  for (std::size_t i = 0; i < ends.size(); ++i) reverses[place[i]] = by_number[place[i ^ 1U]];
  std::vector<double> residuals(ends.size());
  std::vector<Edge> predecessors(n);
  std::vector<boost::default_color_type> colors(n);
  std::vector<long> distances(n);
  const auto of_edge = [&](auto& values) {
    return boost::make_iterator_property_map(values.begin(), edge_number);
  };
  const auto of_vertex = [&](auto& values) {
    return boost::make_iterator_property_map(values.begin(), vertex_number);
  };
  return boost::boykov_kolmogorov_max_flow(graph, of_edge(sorted_capacities), of_edge(residuals),
                                           of_edge(reverses), of_vertex(predecessors),
                                           of_vertex(colors), of_vertex(distances), vertex_number,
                                           at(lower_half), at(upper_half));
}

double cables_in(const Arc& arc) { return arc.cables; }
double bandwidth_of(const Arc& arc) { return arc.bandwidth; }

}  // namespace

HalvesFlow flow_between_halves(const Fabric& fabric, std::span<const char> upper, Failed failed) {
  const HalvesGraph graph(fabric, upper, failed);
  return {graph.max_flow(cables_in), bytes_per_second(graph.max_flow(bandwidth_of))};
}

BytesPerSecond bandwidth_between_halves(const Fabric& fabric, std::span<const char> upper,
                                        Failed failed) {
  return bytes_per_second(HalvesGraph(fabric, upper, failed).max_flow(bandwidth_of));
}

}  // namespace longhaul::fabric
