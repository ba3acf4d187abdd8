#include "fabric/survey.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <tuple>

#include "fabric/bisection.hpp"
#include "fabric/mixed.hpp"
#include "fabric/network_rows.hpp"
#include "fabric/rewire.hpp"
#include "fabric/survey_paths.hpp"
#include "fabric/weak_points.hpp"

namespace longhaul::fabric {
namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

void count_parts(const Fabric& fabric, Survey& survey) {
  survey.gpus = fabric.n_gpus();
  survey.nodes = fabric.count(VertexKind::ScaleUpSwitch);
  std::map<VertexKind, std::int64_t> switches;
  for (const Vertex& vertex : fabric.vertices)
    if (is_switch(vertex.kind)) ++switches[vertex.kind];
  for (const auto& [kind, n] : switches) {
    survey.switches += n;
    survey.switches_by_kind.emplace_back(kind_name(kind), n);
  }
  std::map<LinkKind, double> cables;
  for (std::size_t l = 0; l < fabric.links.size(); l += 2)
    if (in_network(fabric.links[l].kind))
      cables[fabric.links[l].kind] += cables_of(fabric, fabric.links[l]);
  for (const auto& [kind, sum] : cables) {
    const std::int64_t n = whole(sum);
    survey.links += n;
    if (kind == LinkKind::SwitchToSwitch || kind == LinkKind::Campus || kind == LinkKind::Wan)
      survey.inter_switch_links += n;
    survey.links_by_kind.emplace_back(kind_name(kind), n);
  }
  for (const Link& link : fabric.links)
    if (in_network(link.kind) && link.src < fabric.n_gpus()) survey.injection += link.bandwidth;
}

/// Returns the narrowest cut.
Cut bisect(const Fabric& fabric, Survey& survey) {
  std::vector<Cut> cuts{{"halves by GPU number", {}}};
  for (VertexIndex gpu = 0; gpu < fabric.n_gpus(); ++gpu)
    cuts[0].upper.push_back(static_cast<char>(gpu >= fabric.n_gpus() / 2));
  cuts.insert(cuts.end(), fabric.cuts.begin(), fabric.cuts.end());
  const Cut* narrowest = nullptr;
  for (const Cut& cut : cuts) {
    const HalvesFlow flow = flow_between_halves(fabric, cut.upper);
    const std::int64_t cables = std::llround(flow.cables);
    survey.bisection_links =
        narrowest == nullptr ? cables : std::min(survey.bisection_links, cables);
    if (narrowest != nullptr && flow.bandwidth >= survey.bisection) continue;
    survey.bisection = flow.bandwidth;
    survey.narrowest_cut = cut.name;
    narrowest = &cut;
  }
  return *narrowest;
}

/// Vertices that look alike, from themselves out to two links, have one colour.
std::vector<std::uint64_t> colours(const Fabric& fabric, std::span<const char> upper) {
  std::vector<std::uint64_t> colour;
  for (std::size_t v = 0; v < fabric.vertices.size(); ++v)
    colour.push_back(mixed(static_cast<std::uint64_t>(fabric.vertices[v].kind),
                           v < upper.size() ? 1U + static_cast<unsigned>(upper[v]) : 0U));
  for (int round = 0; round < 2; ++round) {
    std::vector<std::uint64_t> next(colour);
    for (const Link& link : fabric.links)  // summed, so that their order does not matter
      next[at(link.dst)] += mixed(mixed(colour[at(link.src)], static_cast<unsigned>(link.cables)),
                                  std::bit_cast<std::uint64_t>(link.bandwidth.value()));
    for (std::size_t v = 0; v < colour.size(); ++v) colour[v] = mixed(colour[v], next[v]);
  }
  return colour;
}

/// A part that may fail, and how bad that looks before its flow is known.
struct Candidate {
  std::int64_t gpus_cut_off = 0;
  double bandwidth = 0.0;  // that is lost with it [B/s]
  Failed failed;
};

/// One of each colour, by kind.
template <class Kind>
using Candidates = std::map<Kind, std::map<std::uint64_t, Candidate>>;

template <class Kind>
void keep_worse(Candidates<Kind>& all, Kind kind, std::uint64_t colour, const Candidate& one) {
  const auto [found, is_new] = all[kind].try_emplace(colour, one);
  if (!is_new && one.gpus_cut_off > found->second.gpus_cut_off) found->second = one;
}

/// The worst of each kind: of what looks alike one is tried, and of a kind as many as take no
/// longer than visits to so many links, at least 16.
template <class Kind>
void add_losses(const Fabric& fabric, const Candidates<Kind>& all, std::span<const char> upper,
                Survey& survey) {
  constexpr std::size_t most_visits = 2'000'000;
  const std::size_t most_tries = std::max<std::size_t>(16, most_visits / (fabric.links.size() + 1));
  for (const auto& [kind, of_kind] : all) {
    std::vector<Candidate> tries;
    for (const auto& [colour, one] : of_kind) tries.push_back(one);
    std::ranges::sort(tries, [](const Candidate& a, const Candidate& b) {
      return std::tuple(-a.gpus_cut_off, -a.bandwidth, a.failed.vertex, a.failed.link) <
             std::tuple(-b.gpus_cut_off, -b.bandwidth, b.failed.vertex, b.failed.link);
    });
    if (tries.size() > most_tries) tries.resize(most_tries);
    Loss worst;
    for (const Candidate& one : tries) {
      const BytesPerSecond left = bandwidth_between_halves(fabric, upper, one.failed);
      const double lost = std::max(0.0, 1.0 - static_cast<double>(left / survey.bisection));
      if (!worst.part.empty() &&
          std::tie(one.gpus_cut_off, lost) <= std::tie(worst.gpus_cut_off, worst.bisection_lost))
        continue;
      worst = {one.failed.vertex >= 0 ? vertex_name(fabric, one.failed.vertex)
                                      : link_name(fabric, one.failed.link),
               one.gpus_cut_off, lost};
    }
    survey.losses.push_back(worst);
  }
}

void find_losses(const Fabric& fabric, std::span<const char> upper, Survey& survey) {
  const WeakPoints weak = find_weak_points(fabric);
  survey.articulation_points =
      std::ranges::count_if(weak.cut_off_by_vertex, [](auto n) { return n > 0; });
  const std::vector<char> route = gpus_that_route(fabric);
  const std::vector<std::uint64_t> colour = colours(fabric, upper);
  std::vector<double> bandwidth(fabric.vertices.size(), 0.0);
  Candidates<LinkKind> links;
  for (LinkIndex l = 0; l < std::ssize(fabric.links); ++l) {
    const Link& link = fabric.links[at(l)];
    if (!in_network(link.kind)) continue;
    bandwidth[at(link.dst)] += link.bandwidth.value();
    if (l % 2 == 0)
      keep_worse(links, link.kind, colour[at(link.src)] + colour[at(link.dst)],
                 {weak.cut_off_by_link[at(l)], link.bandwidth.value() / link.cables, {-1, l}});
  }
  Candidates<VertexKind> vertices;
  for (VertexIndex v = 0; v < std::ssize(fabric.vertices); ++v) {
    const VertexKind kind = fabric.vertices[at(v)].kind;
    if (is_switch(kind) || kind == VertexKind::Internet || kind == VertexKind::WanLine ||
        (v < fabric.n_gpus() && route[at(v)] != 0))
      keep_worse(vertices, kind, colour[at(v)],
                 {weak.cut_off_by_vertex[at(v)], bandwidth[at(v)], {v, -1}});
  }
  add_losses(fabric, links, upper, survey);
  add_losses(fabric, vertices, upper, survey);
}

}  // namespace

Survey survey(const Fabric& fabric) {
  if (fabric.n_standing_by() > 0) return survey(without_standby(fabric));
  Survey result;
  count_parts(fabric, result);
  const PathSurvey paths = survey_paths(fabric);
  result.diameter_hops = paths.diameter_hops;
  result.mean_hops = paths.mean_hops;
  result.all_to_all_bound = paths.all_to_all_bound;
  if (fabric.n_gpus() < 2) return result;
  const Cut cut = bisect(fabric, result);
  find_losses(fabric, cut.upper, result);
  return result;
}

}  // namespace longhaul::fabric
