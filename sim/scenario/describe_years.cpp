// What changes over the years, and the labs that train in it.

#include "scenario/describe.hpp"

namespace longhaul::scenario {

template <>
struct Words<lab::StrategyKind> {
  static constexpr std::array<std::string_view, 8> words{
      "fixed-length",  "fixed-compute", "optimal-length", "start-at-phase",
      "wait-for-next", "restart",       "new-recipe",     "race"};
};

namespace {

constexpr Range quickening{-100, 10};
constexpr Range some{0, 1e15, true};
constexpr Range share{0, 1, true};
constexpr Range below_all{0, 1, false, true};
constexpr Range jumps_a_second{0, 100 / seconds_per_year, true};
constexpr Range power_of{0, 4};
constexpr Range factor{1, 1000, true};
constexpr Range jump{1, 1000};
constexpr Range of_facility{1, 10};
constexpr Range times_tokens{1e-3, 1e4};
constexpr Range length{3600, 100 * seconds_per_year};
constexpr Range wait{0, 20 * seconds_per_year};
}  // namespace

static void describe(Fields& f, world::Jumps& j) {
  f.required("rate", j.rate, "at any time", jumps_a_second);
  f.required("factor", j.factor, "what one makes of a FLOP, times", jump);
}

static void describe(Fields& f, world::ExperimentsLaw& e) {
  f.required("reference", e.reference, "at which progress goes at its rate", positive);
  f.required("exponent", e.exponent, "progress goes with this power of what is spent", power_of);
}

static void describe(Fields& f, world::ScalingBend& b) {
  f.required("at", b.at, "effective compute up to which scaling holds", positive);
  f("keeps", b.keeps, "beyond it compute counts to this power; 0: scaling stops", ratio);
}

static void describe(Fields& f, world::AlgorithmsConfig& a) {
  f("name", a.name, "of the estimate");
  f("source", a.source, "where it comes from");
  f("growth", a.growth, "what a FLOP of a new recipe is worth, times a year", positive);
  f("halving", a.halving, "of the compute for one loss, in place of growth", positive);
  f("acceleration", a.acceleration,
    "of the logarithm of growth, e-folds a year; below 0: progress ebbs", quickening);
  f.table("jumps", a.jumps, "sudden progress as by the transformer, a Poisson process");
  f.table("experiments", a.experiments, "progress that takes compute spent on experiments");
  f("adopted", a.adopted, "share of the progress since its start that a running run adopts", ratio);
  f.table("bend", a.bend, "where scaling bends or stops");
}

static void describe(Fields& f, world::ChipFigures& c) {
  f("flops", c.flops, "peak of a chip, in `format`", not_negative);
  f("format", c.format, "number format of that peak, as bf16 or fp8, and whether sparse");
  f("utilisation", c.utilisation, "of the peak that training sustains (MFU)", share);
  f("power", c.power, "of a chip with its share of the facility; 0: not counted", not_negative);
  f("price", c.price, "of a chip with its share of the cluster; 0: not counted", not_negative);
}

static void describe(Fields& f, world::Trend& t) {
  f("chips", t.chips, "at the start; left out: as many as money buys or power feeds", some);
  describe(f, t.chip);
  f("chips_growth", t.chips_growth, "times a year", positive);
  f("flops_growth", t.flops_growth, "the same of a chip's peak", positive);
  f("power_growth", t.power_growth, "the same of a chip's power", positive);
  f("price_growth", t.price_growth, "the same of a chip's price", positive);
}

static void describe(Fields& f, world::Phase& p) {
  f.required("name", p.name, "of the phase");
  describe(f, p.at);
  f("delay", p.delay, "of production and delivery after that, drawn once", wait);
  f.required("chips", p.chips, "how many", some);
  describe(f, p.chip);
  f("replaces", p.replaces, "all chips before it go off line");
  f.path("platform", p.platform,
         "a cluster card whose chip these are: gives flops and power, and utilisation by the step "
         "model");
}

static void describe(Fields& f, world::PowerKind& k) {
  f("name", k.name, "grid, gas, solar, ..");
  f("source", k.source, "where the lead time comes from");
  f.required("lead", k.lead, "from the order until it delivers, drawn for each source", wait);
}

static void describe(Fields& f, world::PowerSource& s) {
  f.card("kind", s.kind, "how it comes about, a card in scenarios/power/");
  describe(f, s.at);
  f.required("power", s.power, "that it adds", positive);
}

static void describe(Fields& f, world::Site& s) {
  f("name", s.supply.name, "of the site");
  f("cap", s.supply.cap,
    "it may draw so much, from the start; left out: what its sources give, or "
    "no limit where there are none",
    not_negative);
  f("pue", s.pue, "power of the site over that of its chips; 1: theirs counts the facility",
    of_facility);
  f("price", s.supply.tariff.price, "of energy", not_negative);
  f("co2_kg_per_kwh", s.supply.tariff.co2_kg_per_kwh, "carbon dioxide of the electricity",
    not_negative);
  f.list("step", s.supply.cap_steps, "a cap that comes later", Presence::Optional);
  f.list("source", s.sources, "power that is added to the cap", Presence::Optional);
}

static void describe(Fields& f, world::MoneyConfig& m) {
  f("budget", m.budget, "for the chips of one cluster, at the start; left out: no limit", positive);
  f("growth", m.growth, "times a year", positive);
  f("chip_life", m.chip_life, "over which a chip is paid off", positive);
}

static void describe(Fields& f, world::Stock& s) {
  f.required("name", s.name, "of the modality");
  f.required("tokens", s.tokens, "usable, at the start", positive);
  f("growth", s.growth, "times a year", positive);
}

static void describe(Fields& f, world::Synthetic& s) {
  f("verification", s.verification,
    "FLOP to check a token over those to write it; 0: they are not checked", not_negative);
  f("saturation", s.saturation, "unchecked ones are worth at most so many times the stock",
    positive);
}

static void describe(Fields& f, world::DataConfig& d) {
  f.list("stock", d.stocks, "tokens of one modality");
  f("repetition", d.repetition, "epochs after which seeing data again has lost most of its worth",
    positive);
  f("most_epochs", d.most_epochs, "no more", at_least_one);
  f.table("synthetic", d.synthetic,
          "tokens written by models, where seeing data again is worth less");
}

static void describe(Fields& f, world::LatencyConfig& l) {
  f.required("layer_time", l.layer_time, "serial time of a layer, forward and backward, in a step",
             positive);
  f.required("batch", l.batch, "tokens of a step, at most", positive);
}

static void describe(Fields& f, world::StepConfig& s) {
  f("sequence", s.sequence, "tokens of a sequence", count);
  f("batch_law", s.batch_law, "how the batch grows with the run, by name");
  f("anchor", s.anchor, "the batch that a law without a published factor goes through", positive);
  f("anchor_parameters", s.anchor_parameters, "at so many parameters", positive);
  f("anchor_data", s.anchor_data, "or at so many tokens", positive);
  f("anchor_source", s.anchor_source, "who says so");
}

static void describe(Fields& f, world::RevenueConfig& r) {
  f.required("formula", r.formula,
             "dollars a year, as '2e9 * sqrt(effective / 1e26)': SQL over years, "
             "years_since_release, effective, flop, loss, rival");
}

void describe(Fields& f, world::World& w) {
  f("name", w.name, "of the world");
  f("source", w.source, "where the figures come from");
  f.required("scaling", w.scaling,
             "scaling law, for losses and the worth of data: hoffmann-2022 or besiroglu-2024");
  f.card("algorithms", w.algorithms, "progress of algorithms, a card in scenarios/progress/");
  f.table("trend", w.trend, "chips that grow and get better smoothly");
  f.list("phase", w.phases, "chips that come on line together", Presence::Optional);
  f.list("site", w.sites, "power, whose caps add up; none: no limit", Presence::Optional);
  f.table("money", w.money, "what one cluster may cost");
  f.table("data", w.data, "tokens to train on; left out: no limit");
  f.table("latency", w.latency, "the latency wall; left out: none");
  f.table("step", w.step, "how the step model times runs on phases with a platform");
  f("idle_fraction", w.idle_fraction, "of a chip's power while nothing runs on it", ratio);
  f.table("revenue", w.revenue, "what the best released model earns");
}

void describe(Fields& f, lab::LabConfig& l) {
  f("name", l.name, "of the lab");
  f("strategy", l.strategy, "when it starts runs and when it stops them");
  f("share", l.share,
    "of the world's chips, power and budget that are its own; each lab has a world to itself",
    share);
  f("length", l.length, "of a run", length);
  f("compute", l.compute, "of fixed-compute: physical, of a run", positive);
  f("reported", l.reported,
    "of fixed-compute: what such a run took on the calendar, to tell the time not spent at it",
    positive);
  f("threshold", l.threshold,
    "of restart and new-recipe: progress since the start of the run; of race: lead over the rival; "
    "times",
    factor);
  f("patience", l.patience, "of wait-for-next: how long it waits for larger clusters", wait);
  f("queue", l.queue,
    "from the decision, when recipe and cluster freeze, to the start; drawn for "
    "each run",
    wait);
  f("adopting", l.adopting, "of new-recipe: standing still for the change", wait);
  f("experiments", l.experiments, "share of the cluster held for experiments", below_all);
  f("serving", l.serving, "share of the cluster that serves a released model", below_all);
  f("serving_growth", l.serving_growth, "of that share, times a year since the first release",
    positive);
  f("over_training", l.over_training, "tokens a parameter, over 20", times_tokens);
  f("months", l.months,
    "simulates the months of each run for its goodput, in place of the closed form");
}

}  // namespace longhaul::scenario
