// What happens to a run over months: checkpoints, failures, recovery, repair, spares.
#include "scenario/describe.hpp"

namespace longhaul::scenario {

template <>
struct Words<operations::Strikes> {
  static constexpr std::array<std::string_view, 8> words{"gpu", "node", "switch", "link",
                                                         "job", "rack", "pod",    "site"};
};
template <>
struct Words<operations::FailureClock> {
  static constexpr std::array<std::string_view, 2> words{"wall", "compute"};
};
template <>
struct Words<operations::IntervalPolicy> {
  static constexpr std::array<std::string_view, 5> words{"fixed", "young", "daly", "adaptive",
                                                         "step"};
};
template <>
struct Words<operations::Scope> {
  static constexpr std::array<std::string_view, 5> words{"job", "node", "rack", "pod", "site"};
};
template <>
struct Words<operations::Selection> {
  static constexpr std::array<std::string_view, 3> words{"nearest", "random", "fewest-failures"};
};
template <>
struct Words<operations::Decision::Kind> {
  static constexpr std::array<std::string_view, 3> words{"stop", "extend", "restart"};
};
namespace {

constexpr Range bytes_a_parameter{0, 1e6, true};
constexpr Range slower{1, 1e6};

}  // namespace

static void describe(Fields& f, operations::CheckpointTier& t) {
  f.required("name", t.name, "name of the tier, for instance peer or nvme");
  f("every", t.every, "takes every so many-th checkpoint", count);
  f.required("write", t.write, "the run stands still", not_negative);
  f("drain", t.drain, "then, in the background, until it is whole", not_negative);
  f.required("read", t.read, "on a restart from it", not_negative);
  f.required("survives", t.survives, "the most that may be lost with its checkpoints still there");
  f("keep", t.keep, "the latest so many", count);
}

static void describe(Fields& f, operations::OtherRun& o) {
  f.required("name", o.name, "of the run");
  f.required("size", o.size, "of one of its checkpoints", positive);
  f.required("every", o.every, "it works so long after one before it writes the next", positive);
  f("first", o.first, "when it writes the first; left out: after one more time of work",
    not_negative);
}

void describe(Fields& f, operations::CheckpointConfig& c) {
  f.word_or_number("interval", c.policy, operations::IntervalPolicy::Fixed, c.interval,
                   "work between checkpoints: a time, or \"young\", \"daly\", \"adaptive\" (Daly's "
                   "for the interruptions met) or \"step\" (all)",
                   positive);
  f("bytes_per_parameter", c.bytes_per_parameter, "size of a checkpoint over parameters",
    bytes_a_parameter);
  f("write", c.write,
    "blocking time of a write; left out: what the store takes, or 0 with `background`",
    not_negative);
  f("background", c.background, "the store takes it while the run goes on, after `write`");
  f("drain", c.drain, "how long, in the background; left out: what the store takes", not_negative);
  f("read", c.read, "time of a read on restart; left out: what the store takes", not_negative);
  f("every", c.every, "the store takes every so many-th checkpoint", count);
  f("keep", c.keep, "the store keeps the latest so many", count);
  f.list("tier", c.tiers, "where checkpoints are kept nearer than the store, the nearest first",
         Presence::Optional);
  f.list("other", c.others, "another run that writes to the same store, in flow fidelity",
         Presence::Optional);
}

void describe(Fields& f, operations::RepairConfig& r) {
  f("automatic", r.automatic, "the first stage: a reset, a reboot, tests", not_negative);
  f("escalates", r.escalates, "share of nodes that go on to be repaired by hand", ratio);
  f("manual", r.manual, "the second stage", not_negative);
  f("crews", r.crews, "repairs by hand at a time, of all causes, so not of one; 0: any number",
    count_or_none);
  f("automatic_leaves_fault", r.automatic_leaves_fault,
    "share of lemons that the first stage sends back as such", ratio);
  f("manual_leaves_fault", r.manual_leaves_fault, "the same of the second", ratio);
  f("bar_after", r.bar_after,
    "failures, of any cause, after which a node is not used again; 0: never, of a cause as "
    "[repair]",
    count_or_none);
  f("bar_window", r.bar_window, "within this time", positive);
  f("bar_score", r.bar_score,
    "score of a node, the sum of its failures' scores, at which it is not used again; 0: never; of "
    "all causes, so not of one",
    not_negative);
  f("score_half_life", r.score_half_life, "in which what a failure added halves", positive);
}

static void describe(Fields& f, operations::FailureCause& c) {
  f.required("name", c.name, "name of the cause, unique in the card");
  f.required("group", c.group, "what it is summed under, for instance gpu, software, network");
  f("count", c.count, "interruptions counted", not_negative);
  f("mtbf", c.mtbf, "mean time between failures of one of what it strikes, in place of `count`",
    positive);
  f("life", c.life, "of one of what it strikes, new at the start and whenever it failed; the same",
    positive);
  f("planned", c.planned, "announced: the run checkpoints first and loses no work");
  f("strikes", c.strikes,
    "what it takes: gpu and node take a node out for repair, rack, pod and site all their nodes");
  f("degrades", c.degrades,
    "of a switch or link: the run goes on, on what is left of the fabric, until it is repaired; "
    "nodes cut off leave it");
  f("clock", c.clock, "runs all the time, or only while the run computes");
  f("slows", c.slows, "the run goes on, so many times slower, until it is noticed; 1: it stops",
    slower);
  f("corrupts", c.corrupts,
    "the run goes on, its state corrupt, until it is noticed; it then goes back to before");
  f("latent", c.latent, "until it is noticed; left out: never", not_negative);
  f("detect", c.detect, "in place of recovery.detect", not_negative);
  f.table("repair", c.repair, "in place of [repair]");
  f("score", c.score, "of a failure, towards repair.bar_score", not_negative);
}

static void describe(Fields& f, operations::FailureCard& c) {
  f.required("name", c.name, "name of the record");
  f("source", c.source, "where the counts come from");
  f.required("gpus", c.gpus, "GPUs it was counted on", count);
  f.required("observed", c.observed, "time it was counted over", positive);
  f.list("cause", c.causes, "one cause of interruptions");
}

static void describe(Fields& f, operations::LemonConfig& c) {
  f("share", c.share, "of all nodes, at the start", ratio);
  f("factor", c.factor, "how often a GPU or node of theirs fails, over others", at_least_one);
}

void describe(Fields& f, Failures& c) {
  f("random", c.random, "failures at random, at the rates of `causes`");
  f.path("replay", c.replay, "CSV file of recorded stops (columns: time_s,cause,lost_s,node)");
  f.card("causes", c.causes, "causes of interruptions, a card in scenarios/failures/");
  f.table("lemons", c.lemons, "nodes that fail more often, until they are repaired well");
}

static void describe(Fields& f, operations::DiagnosisConfig& d) {
  f("missed", d.missed, "share of failures of a node after which it stays in the run", ratio);
  f("wrong", d.wrong, "share after which another is taken out in its place", ratio);
  f("evicts", d.evicts, "further nodes taken out with it, to be sure", count_or_none);
  f("clears", d.clears, "until those that did not fail are free again", not_negative);
}

void describe(Fields& f, Recovery& r) {
  auto& times = r.scenario.recovery;
  f("detect", times.detect, "from a failure until it is noticed", not_negative);
  f("restart", times.restart, "from there to the next step, reading the checkpoint not counted",
    not_negative);
  f("maintenance", times.maintenance, "a planned stop, from the checkpoint to the next step",
    not_negative);
  f.table("diagnosis", r.scenario.diagnosis, "which node is taken out");
}

void describe(Fields& f, operations::SparesConfig& s) {
  f("warm", s.warm, "free nodes that stand by in the job", count_or_none);
  f("swap", s.swap, "until one that stands by has taken a place", not_negative);
  f("selection", s.selection, "choosing nodes, at the start and when none stands by", not_negative);
  f("cold", s.cold, "nodes of the platform outside the working pool: its last ones", count_or_none);
  f("fetch", s.fetch, "to bring one of them in, one after the other", not_negative);
  f("select", s.select, "which free node takes a place");
}

void describe(Fields& f, operations::ElasticConfig& e) {
  f("shrink", e.shrink, "drops replicas rather than wait for a node");
  f("grow", e.grow, "takes them up again at the next checkpoint");
  f("least_data", e.least_data, "data-parallel degree to shrink to; without a model: nodes", count);
  f("most_data", e.most_data, "to grow to, with nodes that arrive; 0: that of the plan",
    count_or_none);
  f("reconfigure", e.reconfigure, "each change of size", not_negative);
  f("reshard", e.reshard,
    "with a model: each change of size takes what state needs on the fabric that changes hands, "
    "where it is not read from a checkpoint");
}

void describe(Fields& f, operations::Moment& m) {
  f("at", m.after, "time after the start", not_negative);
  f("date", m.date, "calendar date, UTC, in place of `at`");
}

void describe(Fields& f, Decision& d) {
  describe(f, d.at);
  f.required("kind", d.kind, "what: a restart saves first, and reads the checkpoint again");
  f("steps", d.steps, "of extend: more than run.steps", count);
  f("duration", d.duration, "of extend: more than `duration`", positive);
  f("global_batch", d.global_batch, "of restart: sequences of a step from then on", count);
  f("step_time", d.step_time, "of restart, without a model: from then on", positive);
}

void describe(Fields& f, operations::MaintenanceConfig& m) {
  f("every", m.every, "from group to group; 0: none", not_negative);
  f("group", m.group, "nodes of a group, by number", count);
  f("out", m.out, "its nodes are out", not_negative);
}

static void describe(Fields& f, Arrival& a) {
  describe(f, a.at);
  f.required("nodes", a.nodes, "how many", count);
  f.card(
      "chip", a.chip,
      "their chip, a card in platforms/chips/, on links as fast as the platform's; left out: the "
      "platform's");
}

void describe(Fields& f, Cluster& c) {
  auto& nodes = c.scenario.nodes;
  f.card("platform", c.scenario.platform,
         "the system the run is placed on, a card in platforms/clusters/");
  f("nodes", nodes.count, "without a platform: how many there are; 0: they are not told apart",
    count_or_none);
  f("gpus_per_node", nodes.gpus_per_node, "without a platform", count);
  f("per_rack", nodes.per_rack, "nodes that lose power together", count);
  f("per_site", nodes.per_site, "nodes of a site; 0: all are on one", count_or_none);
  f.list("arrival", c.scenario.arrivals, "nodes that come on line, the last of the platform's",
         Presence::Optional);
}

}  // namespace longhaul::scenario
