#include "report/years_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "report/charts.hpp"
#include "report/origin_section.hpp"
#include "report/screen.hpp"
#include "report/years_timeline.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

/// "5.97e27"
std::string power_text(double value) {
  auto text = fmt::format("{:.3g}", value);
  if (const auto at = text.find("e+"); at != std::string::npos) text.erase(at + 1, 1);
  return text;
}

std::string flop_text(double flop) { return power_text(flop) + " FLOP"; }

/// "3.58 billion USD"
std::string dollars_text(double usd) {
  struct Unit {
    double one;
    const char* name;
  };
  for (const auto& [one, name] : {Unit{1e12, "trillion "}, Unit{1e9, "billion "},
                                  Unit{1e6, "million "}, Unit{1e3, "thousand "}})
    if (std::abs(usd) >= one) return fmt::format("{:.3g} {}USD", usd / one, name);
  return fmt::format("{:.3g} USD", usd);
}

/// "3501 GWh", "1102 TWh"
std::string energy_text(double energy_j) {
  constexpr double terawatt_hour_j = 3.6e15;
  constexpr double terawatt_hours_from = 10;
  const double twh = energy_j / terawatt_hour_j;
  return twh < terawatt_hours_from ? format_quantity(joules(energy_j))
                                   : fmt::format("{:.4g} TWh", twh);
}

std::string oom_text(const YearsFiles& years) {
  return fmt::format("a FLOP of the last recipe is worth {:.3g} of the start's{}",
                     std::pow(10, years.algorithms_oom),
                     years.jumps > 0 ? fmt::format("; {} jumps", format_count(years.jumps)) : "");
}

std::string best_text(const YearsFiles& years, const LabSummary& lab) {
  return fmt::format("{} physical, loss {:.3f}, on {} after {}", flop_text(lab.best_flop),
                     lab.best_loss, day_text(after(years.start, seconds(lab.best_at_s))),
                     format_quantity(seconds(lab.best_length_s)));
}

std::int64_t n_ended(const YearsFiles& years, std::size_t lab, lab::Ending ending) {
  return std::ranges::count_if(
      years.runs, [&](const LabRunRow& run) { return run.lab == lab && run.ending == ending; });
}

Tiles::Tile best_tile(const YearsFiles& years, const LabSummary& lab, const std::string& label) {
  if (lab.runs == 0) return {label, "none", "nothing was released before the deadline"};
  return {label, power_text(lab.best_effective_flop), "effective FLOP; " + best_text(years, lab)};
}

Tiles tiles_of_one(const YearsFiles& years) {
  const auto& lab = years.labs[0];
  Tiles tiles;
  tiles.tiles = {best_tile(years, lab, "Best model"),
                 {"Runs released", format_count(lab.runs),
                  fmt::format("{} abandoned, {} cut by the deadline",
                              format_count(n_ended(years, 0, lab::Ending::Abandoned)),
                              format_count(n_ended(years, 0, lab::Ending::Cut)))}};
  if (lab.cost_usd > 0)
    tiles.tiles.push_back({"Cost", dollars_text(lab.cost_usd),
                           fmt::format("of all chips, used or not; its runs alone {}",
                                       dollars_text(lab.runs_cost_usd))});
  if (lab.energy_j > 0)
    tiles.tiles.push_back(
        {"Energy", energy_text(lab.energy_j),
         fmt::format("of all chips; its runs alone {}", energy_text(lab.runs_energy_j))});
  if (lab.revenue_usd != 0)
    tiles.tiles.push_back({"Revenue", dollars_text(lab.revenue_usd), "from the first release on"});
  tiles.tiles.push_back(
      {"Algorithms", fmt::format("{:.2f} OOM", years.algorithms_oom), oom_text(years)});
  return tiles;
}

/// Who led: the lab with the best model of all for longer, and for how long nobody had one.
Tiles::Tile leading_tile(const YearsFiles& years) {
  const auto share = [&](const LabSummary& lab) { return lab.leading_s / years.simulated_s; };
  const auto& [a, b] = std::pair(years.labs[0], years.labs[1]);
  const auto& first = a.leading_s >= b.leading_s ? a : b;
  const auto& other = a.leading_s >= b.leading_s ? b : a;
  const double nobody = std::max(0.0, 1 - share(a) - share(b));
  if (!(first.leading_s > 0)) return {"Who led", "nobody", "no model was released"};
  return {"Led longest", percent(share(first)),
          fmt::format("of the time {} had the best model of all; {} {}, nobody {}", first.name,
                      other.name, percent(share(other)), percent(nobody))};
}

Tiles tiles_of_two(const YearsFiles& years) {
  Tiles tiles;
  for (const auto& lab : years.labs)
    tiles.tiles.push_back(best_tile(years, lab, "Best model of " + lab.name));
  tiles.tiles.push_back(leading_tile(years));
  tiles.tiles.push_back(
      {"Algorithms", fmt::format("{:.2f} OOM", years.algorithms_oom), oom_text(years)});
  return tiles;
}

/// A row a number, a column a lab: narrow enough for a phone.
Table side_by_side(const YearsFiles& years) {
  Table table;
  table.caption = "The labs side by side";
  table.columns = {{"lab"}};
  for (const auto& lab : years.labs) table.columns.push_back({lab.name});
  const auto add = [&](const char* what, auto text) {
    std::vector<Cell> row{{what, ""}};
    for (std::size_t i = 0; i < years.labs.size(); ++i) row.push_back({text(years.labs[i], i), ""});
    table.rows.push_back(std::move(row));
  };
  const auto any = [&](double LabSummary::*value) {
    return std::ranges::any_of(years.labs, [&](const LabSummary& lab) { return lab.*value != 0; });
  };
  using Lab = const LabSummary&;
  add("strategy", [](Lab lab, std::size_t) { return lab.strategy; });
  add("led", [&](Lab lab, std::size_t) {
    return fmt::format("{} · {}", format_quantity(seconds(lab.leading_s)),
                       percent(lab.leading_s / years.simulated_s));
  });
  add("effective FLOP", [](Lab lab, std::size_t) { return power_text(lab.best_effective_flop); });
  add("physical FLOP", [](Lab lab, std::size_t) { return power_text(lab.best_flop); });
  add("loss", [](Lab lab, std::size_t) {
    return lab.runs > 0 ? fmt::format("{:.3f}", lab.best_loss) : std::string();
  });
  add("released (UTC)", [&](Lab lab, std::size_t) {
    return lab.runs > 0 ? day_text(after(years.start, seconds(lab.best_at_s))) : std::string();
  });
  add("length of run", [](Lab lab, std::size_t) {
    return lab.runs > 0 ? format_quantity(seconds(lab.best_length_s)) : std::string();
  });
  add("runs released", [](Lab lab, std::size_t) { return format_count(lab.runs); });
  for (const auto& [what, ending] :
       {std::pair("abandoned", lab::Ending::Abandoned), std::pair("cut", lab::Ending::Cut)})
    add(what, [&, ending = ending](Lab, std::size_t i) {
      return format_count(n_ended(years, i, ending));
    });
  if (any(&LabSummary::cost_usd)) {
    add("cost, all chips", [](Lab lab, std::size_t) { return dollars_text(lab.cost_usd); });
    add("cost, runs", [](Lab lab, std::size_t) { return dollars_text(lab.runs_cost_usd); });
  }
  if (any(&LabSummary::energy_j)) {
    add("energy, all chips", [](Lab lab, std::size_t) { return energy_text(lab.energy_j); });
    add("energy, runs", [](Lab lab, std::size_t) { return energy_text(lab.runs_energy_j); });
  }
  if (any(&LabSummary::revenue_usd))
    add("revenue", [](Lab lab, std::size_t) { return dollars_text(lab.revenue_usd); });
  return table;
}

std::string cluster_text(const LabSummary& lab) {
  auto text = count_text(lab.end_chips) + " chips";
  if (lab.end_flop_per_s > 0)
    text += ", " + flop_text(lab.end_flop_per_s) + "/s" + " at their peak";
  if (lab.end_power_w > 0) text += ", " + format_quantity(watts(lab.end_power_w));
  return text;
}

Section answer(const YearsFiles& years) {
  const bool two = years.labs.size() > 1;
  Facts facts;
  for (const auto& lab : years.labs)
    facts.facts.push_back(
        {two ? "cluster of " + lab.name : "cluster", cluster_text(lab) + ", at the deadline"});
  for (const auto& lab : years.labs)
    if (lab.usd_per_effective_flop > 0)
      facts.facts.push_back({two ? "price to " + lab.name : "price",
                             fmt::format("{} USD an effective FLOP of its best model",
                                         power_text(lab.usd_per_effective_flop))});
  if (!years.scaling.empty()) facts.facts.push_back({"losses", "by the law " + years.scaling});
  Section section{"answer", "", {two ? tiles_of_two(years) : tiles_of_one(years)}};
  if (two) section.blocks.emplace_back(side_by_side(years));
  section.blocks.emplace_back(std::move(facts));
  return section;
}

/// Bars of one lab that sum to all.
Block compute_chart(const LabSummary& lab, const std::string& title, bool small) {
  const std::array<std::pair<const char*, double>, 5> parts{{{"useful", lab.useful_flop},
                                                             {"lost", lab.lost_flop},
                                                             {"idle", lab.idle_flop},
                                                             {"experiments", lab.experiments_flop},
                                                             {"serving", lab.serving_flop}}};
  double all = 0;
  for (const auto& part : parts) all += part.second;
  if (!(all > 0)) return Paragraph{title + ": there was none."};
  Bars bars{"use", {"useful", "not useful"}, {}, ""};
  std::string nothing;
  for (const auto& [name, flop] : parts) {
    if (flop > 0)
      bars.rows.push_back({name, flop / all,
                           fmt::format("{} · {}", power_text(flop), percent(flop / all)),
                           name == parts[0].first ? 0U : 1U});
    else
      nothing += (nothing.empty() ? "" : ", ") + std::string(name);
  }
  auto note = fmt::format(
      "In FLOP; the bars sum to {}, all that the largest cluster could sustain.", flop_text(all));
  if (!nothing.empty()) note += " None went to: " + nothing + ".";
  return Chart{title, bar_spec(bars), note, small};
}

Block bounds_chart(const LabSummary& lab, const std::string& title, bool small) {
  if (lab.runs == 0) return Paragraph{title + ": none was released."};
  Bars bars{"bound by", {"runs"}, {}, ""};
  for (std::size_t i = 0; i < lab::n_bounds; ++i)
    if (const auto n = lab.bound_by[i]; n > 0)
      bars.rows.push_back({std::string(key_of(static_cast<lab::Bound>(i))), static_cast<double>(n),
                           format_count(n), 0});
  std::ranges::stable_sort(bars.rows, [](const Bar& a, const Bar& b) { return a.value > b.value; });
  return Chart{
      title, bar_spec(bars),
      fmt::format("Released runs by why they were no larger, {} in all.", format_count(lab.runs)),
      small};
}

Section compute(const YearsFiles& years) {
  Section section{"compute", "Compute and bounds", {}};
  const bool two = years.labs.size() > 1;
  const auto of = [&](const char* what, const LabSummary& lab) {
    return two ? fmt::format("{}: {}", lab.name, what) : std::string(what);
  };
  section.blocks.emplace_back(Paragraph{
      "Useful is kept in released runs; lost went to failures and to runs that were abandoned or "
      "cut; experiments and serving are held back from runs; the rest was idle."});
  for (const auto& lab : years.labs)
    section.blocks.push_back(compute_chart(lab, of("Where the compute went", lab), two));
  for (const auto& lab : years.labs)
    section.blocks.push_back(bounds_chart(lab, of("What bound the runs", lab), two));
  return section;
}

std::vector<Cell> row_of(const YearsFiles& years, const LabRunRow& run) {
  constexpr double day_s = 86400;
  const auto exact = [](double value) { return fmt::format("{:.10g}", value); };
  std::vector<Cell> row;
  if (years.labs.size() > 1) row.push_back({years.labs[run.lab].name, ""});
  for (const auto& date : {run.start, run.end})
    row.push_back({day_text(date), fmt::format("{}", date.unix_s)});
  row.push_back({fmt::format("{:.1f}", run.length_s / day_s), exact(run.length_s)});
  row.push_back({std::string(key_of(run.ending)), ""});
  row.push_back({std::string(key_of(run.bound)), ""});
  row.push_back({run.best ? "best" : "", ""});
  row.push_back({power_text(run.effective_flop), exact(run.effective_flop)});
  row.push_back({power_text(run.flop), exact(run.flop)});
  row.push_back({fmt::format("{:.3g}", run.worth), exact(run.worth)});
  row.push_back({fmt::format("{:.3f}", run.loss), exact(run.loss)});
  row.push_back({count_text(run.chips), exact(run.chips)});
  row.push_back({percent(run.goodput), exact(run.goodput)});
  row.push_back({format_large(run.parameters), exact(run.parameters)});
  row.push_back({format_large(run.tokens), exact(run.tokens)});
  row.push_back({energy_text(run.energy_j), exact(run.energy_j)});
  row.push_back({dollars_text(run.cost_usd), exact(run.cost_usd)});
  return row;
}

Section runs(const YearsFiles& years) {
  Section section{"runs", "Runs", {}};
  if (years.runs.empty()) {
    section.blocks.emplace_back(Paragraph{"No run was started."});
    return section;
  }
  const auto shown = shown_lab_runs(years);
  const auto n = format_count(static_cast<std::int64_t>(years.runs.size()));
  Table table;
  table.caption = fmt::format("{} runs, by their ends", n);
  if (shown.size() < years.runs.size())
    table.caption = fmt::format("The {} longest of {} runs, by their ends",
                                format_count(static_cast<std::int64_t>(shown.size())), n);
  section.blocks.emplace_back(
      Paragraph{table.caption + ". Best: better than all that any lab released before."});
  constexpr auto number = Table::Kind::Number;
  if (years.labs.size() > 1) table.columns.push_back({"lab"});
  for (const auto& column : std::vector<Table::Column>{{"start (UTC)", number},
                                                       {"end (UTC)", number},
                                                       {"length [d]", number},
                                                       {"ending"},
                                                       {"bound by"},
                                                       {"best"},
                                                       {"effective FLOP", number},
                                                       {"FLOP", number},
                                                       {"worth", number},
                                                       {"loss", number},
                                                       {"chips", number},
                                                       {"goodput", number},
                                                       {"parameters", number},
                                                       {"tokens", number},
                                                       {"energy", number},
                                                       {"cost", number}})
    table.columns.push_back(column);
  table.filter = true;
  for (const auto& run : shown) table.rows.push_back(row_of(years, run));
  section.blocks.emplace_back(std::move(table));
  return section;
}

}  // namespace

Page years_page(const YearsFiles& years) {
  Page page;
  page.title = years.title;
  for (const auto& lab : years.labs) {
    page.subtitle += (page.subtitle.empty() ? "" : " against ") + lab.name;
    if (!lab.strategy.empty()) page.subtitle += " (" + lab.strategy + ")";
  }
  page.subtitle +=
      fmt::format(" · {} to {} · seed {}", day_text(years.start),
                  day_text(after(years.start, seconds(years.simulated_s))), years.provenance.seed);
  page.sections = {answer(years), years_timeline_section(years), compute(years), runs(years),
                   origin_section(years.provenance, years.events, years.scenario)};
  page.footer = page_footer();
  return page;
}

}  // namespace longhaul::report
