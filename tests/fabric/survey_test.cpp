#include "fabric/survey.hpp"

#include <doctest/doctest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fabrics.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

const BytesPerSecond rate = bytes_per_second(50e9);

doctest::Approx approx(double x) { return doctest::Approx(x).epsilon(1e-6); }
doctest::Approx exactly(double x) { return doctest::Approx(x).epsilon(1e-12); }

Fabric torus(std::vector<std::int64_t> dimensions) {
  return uniform(Torus{std::move(dimensions)}, rate, seconds(1e-6));
}
Fabric tree(std::int64_t ports, std::int64_t levels) {
  return uniform(FatTree{.ports = ports, .levels = levels}, rate, seconds(1e-6));
}

/// Plain search and plain sums over the whole graph, pair by pair.
class Plain {
 public:
  explicit Plain(const Fabric& fabric) : fabric_(fabric), n_(fabric.n_gpus()) {
    const auto un = static_cast<std::size_t>(n_);
    std::vector<std::vector<double>> send(un, std::vector<double>(un, 0.0));
    for (VertexIndex u = 0; u < n_; ++u) {
      search(u);
      for (VertexIndex v = 0; v < n_; ++v) reach_.push_back(distance_[size(v)]);
    }
    std::int64_t pairs = 0;
    double hops = 0.0;
    for (VertexIndex u = 0; u < n_; ++u)
      for (VertexIndex v = 0; v < n_; ++v) {
        if (u == v) continue;
        ++pairs;
        if (near(u, v)) {
          count(2, hops);
        } else if (distance(u, v) > 0) {
          count(distance(u, v), hops);
          send[size(u)][size(v)] += 1.0;
        } else {  // through the GPUs of the node that are on the network of the receiver
          std::vector<VertexIndex> through;
          for (VertexIndex w = 0; w < n_; ++w)
            if (near(u, w) && distance(w, v) > 0) through.push_back(w);
          REQUIRE(!through.empty());
          count(2 + distance(through[0], v), hops);
          for (const VertexIndex w : through)
            send[size(w)][size(v)] += 1.0 / static_cast<double>(through.size());
        }
      }
    mean = hops / static_cast<double>(pairs);
    std::vector<double> loads(fabric.links.size(), 0.0);
    for (VertexIndex u = 0; u < n_; ++u) {
      search(u);
      std::vector<double> flow(fabric.vertices.size(), 0.0);
      for (VertexIndex v = 0; v < n_; ++v) flow[size(v)] = send[size(u)][size(v)];
      for (auto it = order_.rbegin(); it != order_.rend(); ++it)
        for (std::size_t l = 0; l < fabric.links.size(); ++l) {
          const Link& link = fabric.links[l];
          if (link.dst != *it || !crosses(link, u) ||
              distance_[size(link.src)] + 1 != distance_[size(*it)])
            continue;
          const double share =
              flow[size(*it)] * paths_[size(link.src)] * link.cables / paths_[size(*it)];
          loads[l] += share;
          if (link.src != u) flow[size(link.src)] += share;
        }
    }
    double slowest = 0.0;
    for (std::size_t l = 0; l < loads.size(); ++l)
      slowest = std::max(slowest, loads[l] / fabric.links[l].bandwidth.value());
    all_to_all = static_cast<double>(pairs) / slowest;
  }

  std::int64_t diameter = 0;
  double mean = 0.0;
  double all_to_all = 0.0;

 private:
  static std::size_t size(std::int64_t i) { return static_cast<std::size_t>(i); }
  bool near(VertexIndex u, VertexIndex v) const {
    const std::int32_t node = fabric_.places[size(u)].node;
    return node >= 0 && node == fabric_.places[size(v)].node;
  }
  std::int32_t distance(VertexIndex u, VertexIndex v) const { return reach_[size(u * n_ + v)]; }
  void count(std::int32_t links, double& hops) {
    hops += links;
    diameter = std::max<std::int64_t>(diameter, links);
  }
  /// GPUs of a torus pass on; others only send.
  bool crosses(const Link& link, VertexIndex source) const {
    return link.kind != LinkKind::ScaleUp && link.kind != LinkKind::Storage &&
           (link.src >= n_ || link.src == source || fabric_.structure == Structure::Torus);
  }
  void search(VertexIndex source) {
    distance_.assign(fabric_.vertices.size(), -1);
    paths_.assign(fabric_.vertices.size(), 0.0);
    order_.assign(1, source);
    distance_[size(source)] = 0;
    paths_[size(source)] = 1.0;
    std::size_t next = 0;
    while (next < order_.size()) {
      const VertexIndex v = order_[next++];
      for (const Link& link : fabric_.links) {
        if (link.src != v || !crosses(link, source)) continue;
        std::int32_t& there = distance_[size(link.dst)];
        if (there < 0) {
          there = distance_[size(v)] + 1;
          order_.push_back(link.dst);
        }
        if (there == distance_[size(v)] + 1)
          paths_[size(link.dst)] += paths_[size(v)] * link.cables;
      }
    }
  }

  const Fabric& fabric_;
  std::int64_t n_;
  std::vector<std::int32_t> distance_, reach_;
  std::vector<VertexIndex> order_;
  std::vector<double> paths_;
};

/// Vertices without which some GPUs that stay are apart: each is taken out in turn.
std::int64_t plain_articulation_points(const Fabric& fabric) {
  std::int64_t points = 0;
  const auto n = static_cast<VertexIndex>(fabric.n_gpus());
  for (VertexIndex lost = 0; lost < std::ssize(fabric.vertices); ++lost) {
    std::vector<char> seen(fabric.vertices.size(), 0);
    const VertexIndex first = lost == 0 ? 1 : 0;
    std::vector<VertexIndex> order{first};
    seen[static_cast<std::size_t>(first)] = 1;
    for (std::size_t next = 0; next < order.size(); ++next)
      for (const Link& link : fabric.links) {
        if (link.src != order[next] || link.dst == lost || link.kind == LinkKind::Storage ||
            (link.kind == LinkKind::ScaleUp && !fabric.gpus_forward))
          continue;
        if (seen[static_cast<std::size_t>(link.dst)]++ == 0) order.push_back(link.dst);
      }
    std::int64_t reached = 0;
    for (VertexIndex gpu = 0; gpu < n; ++gpu)
      reached += static_cast<std::int64_t>(seen[static_cast<std::size_t>(gpu)] != 0);
    points += static_cast<std::int64_t>(reached < n - (lost < n ? 1 : 0));
  }
  return points;
}

template <class Network>
FabricConfig of(Network network, std::int64_t gpus_per_node, Rails rails = Rails::Packed) {
  FabricConfig config;
  config.gpus_per_node = gpus_per_node;
  config.rails = rails;
  choose(config.network, std::move(network));
  return config;
}

}  // namespace

TEST_CASE("distances, loads and articulation points are those of a plain search of every pair") {
  std::map<std::string, FabricConfig> configs;
  configs["tree, half full"] = of(FatTree{.ports = 4, .levels = 3, .gpus = 8}, 1);
  configs["tapered tree in nodes"] = of(FatTree{.ports = 6, .levels = 2, .taper = 2.0}, 4);
  configs["two NICs a GPU"] = of(Pgft{{3, 4}, {2, 3}, {1, 2}}, 3);
  configs["clos"] = of(ThreeLayerClos{.gpus_per_leaf = 4,
                                      .leaves_per_pod = 3,
                                      .pods = 3,
                                      .aggregation_per_pod = 3,
                                      .cores = 2,
                                      .taper = 3.0},
                       2);
  configs["clos with a store"] = configs["clos"];
  configs["clos with a store"].storage_bandwidth = bytes_per_second(1e12);
  configs["clos that does not forward"] = configs["clos"];
  configs["clos that does not forward"].forwarding = false;
  configs["two planes"] = of(FatTree{.ports = 4, .levels = 2}, 2);
  configs["two planes"].planes = 2;
  configs["rails"] = of(FatTree{.ports = 4, .levels = 3}, 2, Rails::Optimised);
  configs["rails only"] = of(FatTree{.ports = 4, .levels = 2}, 3, Rails::Only);
  configs["two sites of two buildings"] = of(FatTree{.ports = 4, .levels = 2, .gpus = 4}, 2);
  configs["two sites of two buildings"].sites = {
      .sites = 2, .buildings = 2, .campus_switches = 2, .wan_bandwidth = bytes_per_second(1e10)};
  configs["odd torus"] = of(Torus{{3, 5}}, 1);
  configs["torus with rings of two"] = of(Torus{{2, 3, 4}}, 1);
  configs["ring"] = of(Torus{{7}}, 1);
  for (const auto& entry : configs) {
    CAPTURE(entry.first);
    const Fabric fabric = make_fabric(entry.second);
    const Survey it = survey(fabric);
    const Plain plain(fabric);
    CHECK(it.diameter_hops == plain.diameter);
    CHECK(it.mean_hops == exactly(plain.mean));
    CHECK(it.all_to_all_bound.value() == exactly(plain.all_to_all));
    CHECK(it.articulation_points == plain_articulation_points(fabric));
  }
}

TEST_CASE("a torus whose links are not all alike is searched from every GPU") {
  Fabric fabric = torus({4, 3});
  fabric.links[0].bandwidth = fabric.links[1].bandwidth = bytes_per_second(1e9);
  const Survey it = survey(fabric);
  CHECK(it.all_to_all_bound.value() == exactly(Plain(fabric).all_to_all));
  CHECK(it.all_to_all_bound.value() < survey(torus({4, 3})).all_to_all_bound.value() / 40);
}

TEST_CASE("tori have their diameters, mean distances and cuts") {
  struct Row {
    std::vector<std::int64_t> dimensions;
    std::int64_t diameter;
    double mean;
    std::int64_t bisection;
  };
  // diameter sum of floor(k/2); mean N/(N-1) sum of k/4; cut 2N/k for the largest k
  for (const Row& row : {Row{{4, 4, 4}, 6, 3.047619, 32}, Row{{8, 8}, 8, 4.063492, 16},
                         Row{{8, 8, 8}, 12, 6.011742, 128}}) {
    const Fabric fabric = torus(row.dimensions);
    const Survey it = survey(fabric);
    const auto n = static_cast<double>(it.gpus);
    CHECK(it.diameter_hops == row.diameter);
    CHECK(it.mean_hops == approx(row.mean));
    CHECK(it.bisection_links == row.bisection);
    CHECK(it.bisection.value() == exactly(50e9 * static_cast<double>(row.bisection)));
    CHECK(it.switches == 0);
    CHECK(it.links == it.gpus * std::ssize(row.dimensions));
    CHECK(it.inter_switch_links == it.links);
    // every directed link carries N(N-1) mean / 2E
    const double load = n * (n - 1) * it.mean_hops / (2.0 * static_cast<double>(it.links));
    CHECK(it.all_to_all_bound.value() == exactly(n * (n - 1) * 50e9 / load));
    CHECK(it.articulation_points == 0);
  }
}

TEST_CASE("a three-level fat tree of 4 ports: 36 vertices, 48 edges, diameter 6, mean 5.466667") {
  const Fabric fabric = tree(4, 3);
  const Survey it = survey(fabric);
  CHECK(it.gpus + it.switches == 36);
  CHECK(it.links == 48);
  CHECK(it.inter_switch_links == 32);
  CHECK(it.diameter_hops == 6);
  // of 15 others 1 is under the same leaf, 2 in the same pod: (2 + 2 x 4 + 12 x 6) / 15
  CHECK(it.mean_hops == exactly(82.0 / 15));
  CHECK(it.bisection_links == 8);
  CHECK(it.narrowest_cut == "halves by GPU number");
  CHECK(it.injection.value() == exactly(16 * 50e9));
  // full bisection: each NIC, which carries 15 of 240 pairs, is the bound
  CHECK(it.all_to_all_bound.value() == exactly(16 * 50e9));
  CHECK(it.articulation_points == 8);  // the leaves
}

TEST_CASE("three-level fat trees have k^3/4 GPUs, 5k^2/4 switches and a bisection of k^3/8") {
  for (const std::int64_t k : {4, 6, 8}) {
    const Survey it = survey(tree(k, 3));
    CHECK(it.gpus == k * k * k / 4);
    CHECK(it.switches == 5 * k * k / 4);
    CHECK(it.inter_switch_links == k * k * k / 2);
    CHECK(it.diameter_hops == 6);
    CHECK(it.bisection_links == k * k * k / 8);
    const Survey two = survey(tree(k, 2));
    CHECK(two.switches == 3 * k / 2);
    CHECK(two.inter_switch_links == k * k / 2);
    CHECK(two.diameter_hops == 4);
  }
}

TEST_CASE("an odd torus is cut into floor and ceiling by the least of its generator's cuts") {
  // 3 x 3, the lower four a row a b c and d below a: b and c down 2, the row up 3, d to the rest of
  // its row 2 and down 1.
  const Survey it = survey(torus({3, 3}));
  CHECK(it.bisection_links == 8);
  // A ring of 7 is cut twice.
  CHECK(survey(torus({7})).bisection_links == 2);
}

TEST_CASE("Hx2Mesh of 4 x 4 boards by hand: 80 vertices, 192 links, 4, 3.301587, 32 and 25 %") {
  // Accelerator (x, y) of 8 x 8; boards of 2 x 2 are meshes; each row and each column of
  // accelerators has a switch with both outward ports of every board.
  Fabric fabric;
  fabric.structure = Structure::Any;
  for (int gpu = 0; gpu < 64; ++gpu) fabric.add_vertex(VertexKind::Gpu, 0);
  const auto cable = [&](VertexIndex from, VertexIndex to) {
    fabric.add_cable({from, to, LinkKind::SwitchToSwitch, rate, seconds(0), metres(0)});
  };
  std::vector<VertexIndex> lines;
  for (int line = 0; line < 16; ++line)
    lines.push_back(fabric.add_vertex(VertexKind::LineSwitch, 1));
  for (VertexIndex y = 0; y < 8; ++y)
    for (VertexIndex x = 0; x < 8; ++x) {
      const VertexIndex gpu = 8 * y + x;
      cable(gpu, lines[static_cast<std::size_t>(y)]);
      cable(gpu, lines[static_cast<std::size_t>(8 + x)]);
      if (x % 2 == 0) cable(gpu, gpu + 1);
      if (y % 2 == 0) cable(gpu, gpu + 8);
    }
  const Survey it = survey(fabric);
  CHECK(fabric.vertices.size() == 80);
  CHECK(it.links == 192);
  CHECK(it.inter_switch_links == 192);
  CHECK(it.diameter_hops == 4);
  CHECK(it.mean_hops == approx(3.301587));
  CHECK(it.bisection_links == 32);
  CHECK(it.switches_by_kind == decltype(it.switches_by_kind){{"line switch", 16}});
  // injection 4 links an accelerator; bisection over that of half of them 32 / (4 x 32)
  CHECK(it.injection.value() == exactly(64 * 4 * 50e9));
  CHECK(2.0 * it.bisection.value() / it.injection.value() == exactly(0.25));
}

TEST_CASE("accelerators on lines pass on even where each is a board of its own, as in HyperX") {
  Fabric fabric;
  fabric.structure = Structure::Any;
  for (int gpu = 0; gpu < 9; ++gpu) fabric.add_vertex(VertexKind::Gpu, 0);
  for (int line = 0; line < 6; ++line) fabric.add_vertex(VertexKind::LineSwitch, 1);
  for (VertexIndex gpu = 0; gpu < 9; ++gpu)
    for (const VertexIndex line : {gpu / 3, 3 + gpu % 3})
      fabric.add_cable({gpu, 9 + line, LinkKind::Nic, rate, seconds(0), metres(3), 2});
  const Survey it = survey(fabric);
  CHECK(it.diameter_hops == 4);
  CHECK(it.mean_hops == exactly((4 * 2 + 4 * 4) / 8.0));  // 4 on its lines, 4 on others
}

TEST_CASE("rails without spines are reached through the node, and not where GPUs do not forward") {
  FabricConfig config = of(FatTree{.ports = 4, .levels = 2}, 2, Rails::Only);
  const Survey it = survey(make_fabric(config));
  CHECK(it.gpus == 16);
  CHECK(it.nodes == 8);
  // Of 15 others 1 is in the node (2); on the rail 1 under the leaf (2) and 6 across (4); on the
  // other rail the same with 2 more.
  CHECK(it.mean_hops == exactly((2 + (2 + 6 * 4) + (4 + 6 * 6)) / 15.0));
  CHECK(it.diameter_hops == 6);
  CHECK(it.bisection_links == 8);  // each tree of 8 GPUs gives 4
  CHECK(it.articulation_points == 0);
  config.forwarding = false;
  CHECK_THROWS_WITH_AS(survey(make_fabric(config)),
                       "gpu 0 (node 0, leaf 0) cannot reach gpu 3 (node 1, leaf 4): no path of the "
                       "network joins them; GPUs do not forward (forwarding = false)",
                       std::runtime_error);
}

TEST_CASE("what is joined to nothing is named") {
  const Fabric two = [] {
    Fabric apart;
    for (int gpu = 0; gpu < 4; ++gpu) apart.add_vertex(VertexKind::Gpu, 0);
    apart.add_cable({0, 1, LinkKind::SwitchToSwitch, rate, seconds(0), metres(1)});
    apart.add_cable({2, 3, LinkKind::SwitchToSwitch, rate, seconds(0), metres(1)});
    return apart;
  }();
  CHECK_THROWS_WITH(survey(two), "gpu 0 cannot reach gpu 2: no path of the network joins them");
}

TEST_CASE("scale-up domains do not widen the bisection of the network") {
  // 24 GPUs in nodes of 4 under 6 leaves of 4 ports down and 2 up.
  const FabricConfig config = of(FatTree{.ports = 6, .levels = 2, .taper = 2.0}, 4);
  const Survey it = survey(make_fabric(config));
  CHECK(it.gpus == 24);
  CHECK(it.bisection_links == 6);  // 3 leaves a half, 2 ports up each
  CHECK(it.bisection.value() == exactly(6 * 50e9));
  CHECK(it.injection.value() == exactly(24 * 50e9));
}

TEST_CASE("the worst losses of a tree: a leaf cuts its nodes off, a spine takes its share") {
  // 4 leaves of 2 GPUs, 2 spines.
  const Survey it = survey(tree(4, 2));
  REQUIRE(it.losses.size() == 4);
  CHECK(it.losses[0].part == "gpu 0 (leaf 0) -> leaf switch 0");
  CHECK(it.losses[0].gpus_cut_off == 1);
  CHECK(it.losses[1].gpus_cut_off == 0);
  CHECK(it.losses[1].bisection_lost == exactly(0.25));  // one of 2 x 2 links up
  CHECK(it.losses[2].part == "leaf switch 0");
  CHECK(it.losses[2].gpus_cut_off == 2);
  CHECK(it.losses[2].bisection_lost == exactly(0.5));
  CHECK(it.losses[3].part == "core switch 0");
  CHECK(it.losses[3].gpus_cut_off == 0);
  CHECK(it.losses[3].bisection_lost == exactly(0.5));
}

TEST_CASE("of links alike in width the one across the narrowest cut is found") {
  // 6 groups of 4 routers with 9 cables across: each of those is a ninth, all others nothing.
  const Survey it = survey(uniform(
      Dragonfly{.routers = 4, .gpus_per_router = 2, .global_ports = 2, .groups = 6}, rate, {}));
  CHECK(it.bisection_links == 9);
  const auto worst = std::ranges::find_if(it.losses, [](const Loss& loss) {
    return loss.part.starts_with("router") && loss.part.find("->") != std::string::npos;
  });
  REQUIRE(worst != it.losses.end());
  CHECK(worst->bisection_lost == exactly(1.0 / 9.0));
}

TEST_CASE("a fleet breaks under the Internet alone: its devices are no routers") {
  FabricConfig config;
  config.gpus_per_node = 1;
  config.network.fleet = Fleet{.devices = 10};
  const Survey fleet = survey(make_fabric(config));
  CHECK(fleet.articulation_points == 1);
  REQUIRE(fleet.losses.size() == 2);
  CHECK(fleet.losses[0].gpus_cut_off == 1);  // a line
  CHECK(fleet.losses[1].part == "internet 0");
  CHECK(fleet.losses[1].gpus_cut_off == 9);  // all but the one they are counted from
}

TEST_CASE("an all-to-all of a fleet waits for the way up, which is slower than that down") {
  FabricConfig config;
  config.gpus_per_node = 1;
  config.network.fleet =
      Fleet{.devices = 10, .up = bytes_per_second(2.5e6), .down = bytes_per_second(12.5e6)};
  // Each device sends a byte to 9 others over 2.5 MB/s: 90 bytes in 9/2.5e6 s.
  CHECK(survey(make_fabric(config)).all_to_all_bound.value() == exactly(25e6));
  std::swap(config.network.fleet->up, config.network.fleet->down);
  CHECK(survey(make_fabric(config)).all_to_all_bound.value() == exactly(25e6));
}

TEST_CASE("a billion cables a bundle are counted whole") {
  FabricConfig config;
  config.gpus_per_node = 1;
  config.network.hyperx = HyperX{{2, 2}, 1, {1'000'000'000, 1'000'000'000}};
  // Four routers in a square: two bundles between the halves, but no more than two NICs.
  CHECK(survey(make_fabric(config)).links == 4 * 1'000'000'000LL + 4);
  config.network.hyperx->gpus_per_router = 0;
  CHECK(survey(make_fabric(config)).bisection_links == 2 * 1'000'000'000LL);
}

TEST_CASE("one link of a torus takes one of the links across, and one GPU as many as it had") {
  const Survey it = survey(torus({8, 8}));
  REQUIRE(it.losses.size() == 2);
  CHECK(it.losses[0].bisection_lost == exactly(1.0 / 16));
  CHECK(it.losses[1].bisection_lost == exactly(1.0 / 16));
}
