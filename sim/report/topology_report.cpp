#include "report/topology_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/tables.hpp"
#include "report/text_table.hpp"
#include "units/format.hpp"

namespace longhaul::report {
namespace {

using Json = nlohmann::ordered_json;

Json counts(const std::vector<std::pair<std::string, std::int64_t>>& rows) {
  Json object = Json::object();
  for (const auto& [kind, n] : rows) object[kind] = n;
  return object;
}

/// What dollars or watts buy: over a rate in GB/s, null where there is none.
Json per_rate(double total, BytesPerSecond rate) {
  return rate.value() > 0.0 ? Json(total / (rate.value() / 1e9)) : Json();
}

/// The keys that have one value each.
Json scalars(const TopologyRow& row) {
  const fabric::Survey& s = row.survey;
  const auto gpus = static_cast<double>(s.gpus);
  Json json{
      {"name", row.name},
      {"topology", row.topology},
      {"gpus", s.gpus},
      {"nodes", s.nodes},
      {"switches", s.switches},
      {"links", s.links},
      {"inter_switch_links", s.inter_switch_links},
      {"diameter_hops", s.diameter_hops},
      {"mean_hops", s.mean_hops},
      {"bisection_links", s.bisection_links},
      {"bisection_bytes_per_s", s.bisection.value()},
      {"narrowest_cut", s.narrowest_cut},
      {"injection_bytes_per_s", s.injection.value()},
      {"all_to_all_bound_bytes_per_s", s.all_to_all_bound.value()},
      {"all_reduce_bytes_per_s", row.all_reduce_rate.value()},
      {"articulation_points", s.articulation_points},
      {"cost_usd", row.bill.dollars.value()},
      {"power_w", row.bill.watts.value()},
      {"cost_usd_per_gpu", row.bill.dollars.value() / gpus},
      {"power_w_per_gpu", row.bill.watts.value() / gpus},
      {"cost_usd_per_all_reduce_gb_per_s", per_rate(row.bill.dollars.value(), row.all_reduce_rate)},
      {"cost_usd_per_all_to_all_gb_per_s", per_rate(row.bill.dollars.value(), s.all_to_all_bound)}};
  if (row.collective) {
    const CollectiveResult& c = *row.collective;
    json["collective"] = c.operation;
    json["ranks"] = c.ranks;
    json["size_bytes"] = c.size.value();
    json["algorithm"] = c.algorithm;
    json["analytic_s"] = c.analytic.value();
    json["flow_s"] = c.flow.value();
    json["bus_bandwidth_bytes_per_s"] = c.bus_bandwidth.value();
  }
  return json;
}

std::string cell(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? csv_text(value.get<std::string>()) : value.dump();
}

std::string big(double value) { return format_count(std::llround(value)); }

}  // namespace

std::string topology_table(const std::vector<TopologyRow>& rows) {
  TextTable table;
  const auto add = [&](const std::string& label, auto text_of) {
    table.push_back({label});
    for (const TopologyRow& row : rows) table.back().push_back(text_of(row));
  };
  add("", [](const TopologyRow& r) { return r.name; });
  add("GPUs", [](const TopologyRow& r) { return format_count(r.survey.gpus); });
  add("switches", [](const TopologyRow& r) { return format_count(r.survey.switches); });
  add("links", [](const TopologyRow& r) { return format_count(r.survey.links); });
  add("  between switches",
      [](const TopologyRow& r) { return format_count(r.survey.inter_switch_links); });
  add("diameter [hops]", [](const TopologyRow& r) { return format_count(r.survey.diameter_hops); });
  add("mean distance [hops]",
      [](const TopologyRow& r) { return fmt::format("{:.4g}", r.survey.mean_hops); });
  add("injection", [](const TopologyRow& r) { return format_quantity(r.survey.injection); });
  add("bisection", [](const TopologyRow& r) { return format_quantity(r.survey.bisection); });
  add("  links cut", [](const TopologyRow& r) { return format_count(r.survey.bisection_links); });
  add("  narrowest cut", [](const TopologyRow& r) { return r.survey.narrowest_cut; });
  add("all-to-all bound",
      [](const TopologyRow& r) { return format_quantity(r.survey.all_to_all_bound); });
  add("all-reduce over rails",
      [](const TopologyRow& r) { return format_quantity(r.all_reduce_rate); });
  add("single points of failure",
      [](const TopologyRow& r) { return format_count(r.survey.articulation_points); });
  for (const bool of_link : {false, true})
    add(fmt::format("  GPUs cut off by {}", of_link ? "a link" : "a switch or router"),
        [&](const TopologyRow& r) {
          std::int64_t most = 0;
          for (const auto& loss : r.survey.losses)
            if ((loss.part.find("->") != std::string::npos) == of_link)
              most = std::max(most, loss.gpus_cut_off);
          return format_count(most);
        });
  add("cost [USD]", [](const TopologyRow& r) { return big(r.bill.dollars.value()); });
  add("  a GPU", [](const TopologyRow& r) {
    return big(r.bill.dollars.value() / static_cast<double>(r.survey.gpus));
  });
  const auto per_gb = [](BytesPerSecond rate, const TopologyRow& r) {
    return rate.value() > 0 ? fmt::format("{:.4g}", 1e9 * r.bill.dollars.value() / rate.value())
                            : std::string("-");
  };
  add("  a GB/s of all-reduce", [&](const TopologyRow& r) { return per_gb(r.all_reduce_rate, r); });
  add("  a GB/s of all-to-all",
      [&](const TopologyRow& r) { return per_gb(r.survey.all_to_all_bound, r); });
  add("network power", [](const TopologyRow& r) {
    const bool known = r.bill.watts > watts(0) || r.bill.dollars == dollars(0);
    return known ? format_quantity(r.bill.watts) : std::string("not known");
  });
  if (rows.front().collective) {
    const auto of = [](const TopologyRow& r) -> const CollectiveResult& { return *r.collective; };
    add(fmt::format("{} of {}", of(rows[0]).operation, format_quantity(of(rows[0]).size)),
        [&](const TopologyRow& r) { return of(r).algorithm; });
    add("  ranks", [&](const TopologyRow& r) { return format_count(of(r).ranks); });
    add("  closed form", [&](const TopologyRow& r) { return format_quantity(of(r).analytic); });
    add("  as flows", [&](const TopologyRow& r) { return format_quantity(of(r).flow); });
    add("  bus bandwidth",
        [&](const TopologyRow& r) { return format_quantity(of(r).bus_bandwidth); });
  }
  return aligned(table, true);
}

std::string topology_json(const std::vector<TopologyRow>& rows) {
  Json list = Json::array();
  for (const TopologyRow& row : rows) {
    Json json = scalars(row);
    json["switches_by_kind"] = counts(row.survey.switches_by_kind);
    json["links_by_kind"] = counts(row.survey.links_by_kind);
    json["losses"] = Json::array();
    for (const auto& loss : row.survey.losses)
      json["losses"].push_back({{"part", loss.part},
                                {"gpus_cut_off", loss.gpus_cut_off},
                                {"bisection_lost", loss.bisection_lost}});
    json["bill"] = Json::array();
    for (const auto& line : row.bill.lines)
      json["bill"].push_back({{"what", line.what},
                              {"count", line.count},
                              {"cost_usd", line.dollars.value()},
                              {"power_w", line.watts.value()}});
    list.push_back(std::move(json));
  }
  return list.dump(2) + "\n";
}

std::string topology_csv(const std::vector<TopologyRow>& rows) {
  std::string text;
  for (const TopologyRow& row : rows) {
    const Json json = scalars(row);
    std::string head;
    std::string line;
    for (const auto& [key, value] : json.items()) {
      head += (head.empty() ? "" : ",") + key;
      line += (line.empty() ? "" : ",") + cell(value);
    }
    if (text.empty()) text = head + "\n";
    text += line + "\n";
  }
  return text;
}

}  // namespace longhaul::report
