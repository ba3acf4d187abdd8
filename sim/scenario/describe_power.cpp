// What the run's sites may draw, and what electricity costs.
#include "scenario/describe.hpp"

namespace longhaul::scenario {

template <>
struct Words<operations::Response> {
  static constexpr std::array<std::string_view, 3> words{"pause", "shrink", "frequency"};
};

namespace {
constexpr Range exponent{1, 10};
constexpr Range part{0, 1, true, true};
constexpr Range slowest{0, 1, true};
// Calls that overlap without end would be a list without end.
constexpr Range calls{0, 1.0 / 3600, true};
constexpr Range call_length{0, 30 * 86400.0, true};
}  // namespace

void describe(Fields& f, operations::CapStep& s) {
  describe(f, s.at);
  f.required("cap", s.cap, "the site may draw so much from then on", not_negative);
}

static void describe(Fields& f, operations::CurtailmentConfig& c) {
  describe(f, c.at);
  f.required("fraction", c.fraction, "less than the run would draw in steps", part);
  f("notice", c.notice, "from the call to its beginning", not_negative);
  f.required("duration", c.duration, "how long", positive);
}

static void describe(Fields& f, operations::RandomCurtailments& r) {
  f.required("rate", r.rate, "calls, at any time", calls);
  f.required("fraction", r.fraction, "less than the run would draw in steps, each time", part);
  f("notice", r.notice, "from the call to its beginning", not_negative);
  f.required("duration", r.duration, "how long", call_length);
}

static void describe(Fields& f, operations::FrequencyLaw& l) {
  f("exponent", l.exponent, "power over idle goes with this power of the speed", exponent);
  f("lowest_speed", l.lowest_speed, "of full speed; below it the run pauses", slowest);
}

static void describe(Fields& f, operations::SupplyConfig& s) {
  f("name", s.name, "of the site");
  f("cap", s.cap, "the site may draw so much, from the start; left out: no limit", positive);
  f("ramp", s.ramp, "its power changes no faster; 0: at once", not_negative);
  f("price", s.tariff.price, "of energy", not_negative);
  f("co2_kg_per_kwh", s.tariff.co2_kg_per_kwh, "carbon dioxide of the electricity", not_negative);
  f.list("step", s.cap_steps, "a cap that comes later", Presence::Optional);
  f.list("curtailment", s.curtailments, "a call to draw less for a while", Presence::Optional);
  f.table("random", s.random_curtailments, "calls at random, a Poisson process");
}

void describe(Fields& f, Power& p) {
  f("response", p.response,
    "what the run does when it may not draw what it would: pause after a checkpoint, go on with "
    "fewer replicas, or with chips clocked down");
  f.table("frequency", p.frequency, "how fast chips compute when their power is capped");
  f.list("site", p.sites, "electricity of a site: one, or one for each of cluster.per_site nodes",
         Presence::Optional);
}

}  // namespace longhaul::scenario
