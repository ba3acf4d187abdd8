// Training across sites: what a step waits for exchanges over the wide area, in closed form.
//
// A site is a place with a network of its own and one link to the wide area; all sites are alike. A
// replica is what works on one copy of the parameters: all sites together where they are
// synchronous, one region of them under DiLoCo. Whatever the method, the step inside a replica is
// what it is: exchanges add to it, and nothing here shortens it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "units/quantity.hpp"

namespace longhaul::training {

/// How sites train one model.
enum class SitesMethod {
  Synchronous,      ///< every step: gradients reduced in the sites, then between them
  Pipeline,         ///< stages divided over the sites
  Diloco,           ///< every H steps all parameters' changes [Douillard+ 2023, arXiv 2311.08105]
  StreamingDiloco,  ///< fragment by fragment, under later steps [Douillard+, arXiv 2501.18512]
};

/// How a buffer is reduced and gathered between them.
enum class SitesPattern { Ring, HalvingDoubling, Star };

/// What a scenario says of its sites.
struct SitesConfig {
  SitesMethod method = SitesMethod::Synchronous;
  std::int64_t sites = 2;
  std::optional<BytesPerSecond> bandwidth;  ///< of a site's link, one way; else the fabric's
  std::optional<Metres> distance;           ///< of fibre between any two; else the fabric's
  double detour = 1.0;                      ///< length of the route over that distance
  Seconds latency{};                        ///< one way, beside that of fibre
  SitesPattern pattern = SitesPattern::Ring;
  std::optional<double> exchange_bits;  ///< a parameter; else the gradients' own
  std::int64_t inner_steps = 100;       ///< of DiLoCo, between exchanges of the same parameter
  std::int64_t fragments = 8;           ///< of Streaming DiLoCo, and so the next
  std::int64_t overlap_steps = 1;       ///< under which a fragment is on its way
  std::int64_t region_sites = 1;        ///< of DiLoCo, that are one replica and synchronous
  std::optional<BytesPerSecond> region_bandwidth;  ///< of a site, inside its region; else bandwidth
  Metres region_distance{};                        ///< between two sites of a region
  std::string replica_law = "charles-2025";        ///< of laws/diloco.hpp
  std::string memory_law = "two-copies";           ///< likewise
  std::optional<std::string> loss_law;             ///< of laws/scaling.hpp; none: no loss is given
};

inline bool is_diloco(SitesMethod method) {
  return method == SitesMethod::Diloco || method == SitesMethod::StreamingDiloco;
}
/// Copies of the parameters that train by themselves.
inline std::int64_t replicas(const SitesConfig& config) {
  return is_diloco(config.method) ? config.sites / config.region_sites : 1;
}
/// Parts into which the parameters are exchanged.
inline std::int64_t fragments(const SitesConfig& config) {
  return config.method == SitesMethod::StreamingDiloco ? config.fragments : 1;
}

/// What a site has of the wide area, to sites of other regions or of its own.
struct WideArea {
  Seconds latency;           ///< one way
  BytesPerSecond bandwidth;  ///< one way
};
/// Links of a config, every quantity known.
struct SiteLinks {
  WideArea between;
  WideArea region;
};
/// `fibre` [s/m], and what holds for what the config leaves out.
SiteLinks site_links(const SitesConfig& config, SecondsPerMetre fibre,
                     BytesPerSecond default_bandwidth, Metres default_distance);

/// A replica on its own. Buffers are those of the whole model, over all GPUs.
struct Replica {
  Seconds step;           ///< as if all of it stood in one place
  Bytes reduced;          ///< gradients of a step
  Bytes gathered;         ///< parameters after it, where replicas share the optimizer; else 0
  Seconds reduce_window;  ///< of the backward pass, that can hide an exchange
  Seconds gather_window;  ///< of the forward pass
  double n_parameters = 0;
  // Of a pipeline that goes through the sites:
  std::int64_t stages = 1;
  std::int64_t microbatches = 1;
  Seconds stage;   ///< one microbatch forward and backward on the longest stage
  Bytes boundary;  ///< activations of one microbatch of all replicas, to the next stage
};

/// One kind of exchange, as a site sees it.
struct Exchange {
  double per_step = 0;  ///< how often
  Seconds latency;      ///< of messages that wait for each other
  Bytes sent;           ///< by the site that sends most, one way
  Seconds window;       ///< compute that hides it
  Seconds every;        ///< time between two of them, in which the first must be sent
};

/// Reduce or gather of `n` bytes between `sites`: messages one after the other and bytes through
/// the narrowest link. Ring: S-1 and (S-1) ceil(n/S). Halving and doubling: ceil(lg S) and
/// (p-1)/p n for the largest power of two p <= S, and one message of n more where that is not S.
/// Star: 1 and (S-1) n, at the hub.
struct HalfExchange {
  double messages = 0;
  Bytes sent;
};
HalfExchange half_exchange(Bytes n, std::int64_t sites, SitesPattern pattern);

/// What all exchanges come to, a step on average.
struct SitesStep {
  Seconds exposed;         ///< that nothing hides
  Seconds hidden;          ///< under compute
  Seconds region_exposed;  ///< of `exposed`, inside regions
  Bytes sent;              ///< by the site that sends most, to other regions, one way
  double efficiency = 1;   ///< step inside over step: share of the time that is not waited
};

/// Seconds that a step waits for other sites.
///
/// Synchronous: once a step the gradients, each site its sum, by reduce-scatter and the gather of
/// what the optimizer made of them (or of the sums), under what is left of the window that hides
/// data-parallel traffic. So S sites at no distance, with the bandwidth of one site's own links,
/// take as long as one site.
///
/// DiLoCo: every H steps 2 halves of n = N bits/8/F for each of F fragments, under the backward
/// pass of the last step [Douillard's simulator, arthurdouillard.com/diloco] and `overlap_steps`
/// steps more; each region's share goes over the links of all its sites. Within a region as
/// synchronous.
///
/// Pipeline, of 1F1B with q = p/S stages a site: as many transfers as its order waits for, exactly
/// for stages alike: 2 floor((m-q+2)/2) + 2 (S-2), at least 2 (S-1); with a stage a site
/// 2 ((S-1) floor(m/p) + S-2 + min(m mod p, S-1)). A transfer takes the latency and one
/// microbatch's activations. No less than the link is busy.
SitesStep sites_step(const SitesConfig& config, const SiteLinks& links, const Replica& replica);

/// The least bandwidth of a site's link between regions at which efficiency is at least `wanted`
/// (0-1, exclusive); empty where no bandwidth is enough.
std::optional<BytesPerSecond> bandwidth_for(double wanted, const SitesConfig& config,
                                            const SiteLinks& links, const Replica& replica);

}  // namespace longhaul::training
