#include "report/reference.hpp"

namespace longhaul::report {

std::string reference_of_topologies() {
  return R"(## Topologies

`longhaul topology NAME...` builds fabrics and prints what they cost, carry and break under, side by
side: a table, `--json` (a list with one object a fabric) or `--csv` (the keys with one value each).
A NAME is the file of a cluster card, a system of `longhaul list`, or a topology with its numbers on
the parts of `platforms/parts.toml`: `"dragonfly a=6 p=3 h=3"`, `"torus 5x7"`, `"fat_tree k=64 levels=3
gpus=32768"`. Keys are those of `cluster.platform.fabric` above, or the letters that papers use; numbers
without a key go to a topology's keys in their order: `"hammingmesh 2x2 4x4"`, `"pgft 4x4 1x4"`. `--set
fabric.gpus_per_node=8` and the like go on top of every one; a list may be written `4x4` there.

| key | unit | meaning |
|---|---|---|
| `name`, `topology` | | of the card, or as given; the table of `fabric` that describes it |
| `gpus`, `nodes` | | GPUs; scale-up domains, 0 without |
| `switches` | | of the network: without those of scale-up domains and of the store |
| `links` | | cables of the network: NICs, between switches, between buildings and sites |
| `inter_switch_links` | | of these, the ones without a NIC |
| `diameter_hops`, `mean_hops` | links | of the shortest paths between GPUs: the longest; over all pairs |
| `bisection_links`, `bisection_bytes_per_s` | cables, B/s | largest flow from one half of the GPUs to the other, one way; the least over the halves by number and those that the topology names |
| `narrowest_cut` | | the halves of that |
| `injection_bytes_per_s` | B/s | what all GPUs can put into the network |
| `all_to_all_bound_bytes_per_s` | B/s | what all GPUs together send when each sends to every other alike, ties split evenly over the shortest paths: until the first link is full |
| `all_reduce_bytes_per_s` | B/s | what all GPUs together send in rings over the nodes, one ring for each GPU of a node: GPUs times the slowest |
| `articulation_points` | | vertices whose loss cuts off GPUs that stay |
| `losses[]` | | by kind of link and switch, what the worst one takes away: `part`, `gpus_cut_off`, `bisection_lost` (0-1) |
| `cost_usd`, `power_w` | USD, W | switches, cables, transceivers and NICs at the prices of `--prices`; no scale-up domains, stores or wide-area lines |
| `cost_usd_per_gpu`, `power_w_per_gpu` | USD, W | |
| `cost_usd_per_all_reduce_gb_per_s`, `cost_usd_per_all_to_all_gb_per_s` | USD s/GB | over the two rates above; null where there is none |
| `switches_by_kind`, `links_by_kind` | | counts |
| `bill[]` | | `what`, `count`, `cost_usd`, `power_w` |
| `collective`, `ranks`, `size_bytes` | | with `--collective`: what, among how many, a rank's whole buffer |
| `algorithm` | | the fastest in closed form, or that of `--algorithm` |
| `analytic_s`, `flow_s` | s | closed form with link loads; as flows on SimGrid |
| `bus_bandwidth_bytes_per_s` | B/s | as nccl-tests have it, of `flow_s` |

)";
}

}  // namespace longhaul::report
