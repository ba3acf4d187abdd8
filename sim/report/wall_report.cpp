#include "report/wall_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "report/tables.hpp"
#include "report/text_table.hpp"
#include "scenario/writer.hpp"
#include "training/calibration.hpp"
#include "training/kernels.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

using Json = nlohmann::ordered_json;
using training::WallPoint;

std::string compute_text(const std::optional<Flop>& compute) {
  return compute ? fmt::format("{:.2g}", compute->value()) : "beyond the last point";
}

std::string closed_text(const experiment::ClosedWall& closed) {
  if (!std::isfinite(closed.compute.value())) return "no wall, as nothing serial takes time";
  return fmt::format("{:.2e} FLOP, {} parameters, layers of {} at {:.0f} x {:.0f} GPUs",
                     closed.compute.value(), format_large(closed.n_parameters),
                     format_quantity(closed.layer), closed.tensor, closed.tensor);
}

/// Between the point and the one before: "1.5e+27 to 2.2e+27 FLOP".
std::string crossing_text(const experiment::Wall& wall, const std::optional<Flop>& compute) {
  if (!compute) return "beyond the last point";
  const auto at = std::ranges::find(wall.points, *compute, &WallPoint::compute);
  if (at == wall.points.begin()) return fmt::format("at most {} FLOP", compute_text(compute));
  return fmt::format("{:.2g} to {:.2g} FLOP", std::prev(at)->compute.value(), compute->value());
}

std::string compute_text(Flop compute) {
  return std::isfinite(compute.value()) ? fmt::format("{:.2e}", compute.value()) : "none";
}

enum class Sources { Named, LeftOut };

/// "cube-root-parameters [source], through 4M tokens at 175B parameters [source]"
std::string batch_law_text(const training::WallConfig& config, const training::BatchLaw& law,
                           Sources sources = Sources::Named) {
  const auto source = [&](const std::string& name) {
    return sources == Sources::Named ? fmt::format(" [{}]", name) : std::string();
  };
  std::string text = law.name + source(law.source);
  if (config.anchor) {
    text += fmt::format(" through {} tokens", format_large(config.anchor->value()));
    if (config.anchor_parameters)
      text += fmt::format(" at {} parameters", format_large(*config.anchor_parameters));
    if (config.anchor_data)
      text += fmt::format(" at {} tokens of data", format_large(config.anchor_data->value()));
    text += source(law.anchor_source);
  }
  if (config.batch_over_critical != 1)
    text += fmt::format(" times {:g}", config.batch_over_critical);
  if (config.trade_off) text += " at 1 + B/B_crit times the tokens of D, and of the FLOP";
  return text;
}

std::string model_law_text(const training::WallConfig& config, const training::ModelLaw& law) {
  if (law.scaling) return fmt::format("{}, its optimum [{}]", law.name, law.source);
  return fmt::format("{}, D = {:g} N [{}]", law.name, config.tokens_per_parameter.value(),
                     law.source);
}

std::string depth_law_text(const training::WallConfig& config, const training::DepthLaw& law) {
  return fmt::format("{}{} [{}]", law.name,
                     config.depth_factor == 1 ? "" : fmt::format(" x {:g}", config.depth_factor),
                     law.source);
}

std::string plan_text(const WallPoint& point) {
  const auto& plan = point.plan;
  std::string text = point.grid.columns > 1
                         ? fmt::format("t {}x{}", point.grid.rows, point.grid.columns)
                         : fmt::format("t {}", plan.tensor);
  text += fmt::format(" p {}", plan.pipeline);
  if (plan.virtual_stages > 1) text += fmt::format("x{}", plan.virtual_stages);
  text += fmt::format(" d {}", plan.data);
  if (plan.context > 1) text += fmt::format(" c {}", plan.context);
  text += fmt::format(" mb {}", plan.microbatch);
  if (plan.recompute == training::Recompute::Full)
    text += fmt::format(" r {:g}", plan.recompute_share);
  return text;
}

std::vector<std::string> assumptions_of(const FoundWall& found) {
  const auto& config = *found.scenario.wall;
  const auto& setup = found.wall.setup;
  const auto& e = setup.efficiency;
  const auto form = training::collectives_of(setup.form);
  const auto& platform = *found.scenario.platform;
  std::string kernels = fmt::format("{:g} kernels of {} a layer, as the step model counts",
                                    training::counted_kernels(setup), format_quantity(e.launch));
  if (config.kernel_latency)
    kernels = form.with_kernel ? fmt::format("{:g} kernels of {} a layer", form.n_matmuls,
                                             format_quantity(*config.kernel_latency))
                               : "no kernel latency";
  return {
      fmt::format("{:g} months of 365.25/12 days; C = 6 N D", config.months),
      "batch: " + batch_law_text(config, setup.laws.batch),
      "model: " + model_law_text(config, setup.laws.model),
      "depth: " + depth_law_text(config, setup.laws.depth),
      fmt::format("platform: the family of {}, {} in domains of {}, {}", platform.name,
                  platform.chip.name, setup.network.domain,
                  training::precision_name(setup.plan.precision)),
      fmt::format("latency: {}; collectives {} + {} a step in a domain ({}), {} or the route's "
                  "between them, {:g} a layer one after the other",
                  kernels, format_quantity(e.tensor_alpha), format_quantity(e.scale_up_hop),
                  setup.network.domain_steps == training::DomainSteps::Chain ? "chain" : "halves",
                  format_quantity(e.scale_out_hop), form.n_matmuls),
      fmt::format(
          "closed form: {} form, whatever the platform: pods as published, GPUs at {:g} of their "
          "peak{}",
          setup.form == training::LatencyForm::Text ? "text" : "appendix", config.utilisation,
          config.layer_latency ? ", layers of " + format_quantity(*config.layer_latency) : ""),
      fmt::format("searched: tensor, pipeline, data and context degrees, virtual stages, "
                  "microbatches, recomputation; given by run.plan: {}, ZeRO {}; of tensor "
                  "collectives {:g} of their bytes hide under products, no latency does",
                  training::precision_name(setup.plan.precision), setup.plan.zero_stage,
                  e.tensor_overlap),
      fmt::format("constants: {}", found.calibration.empty() ? "given" : found.calibration)};
}

std::string one_screen(const FoundWall& found) {
  TextTable table{{"FLOP", "utilisation", "GPUs", "step", "steps", "parameters", "layers", "batch",
                   "binds", "plan"}};
  for (const WallPoint& point : found.wall.points) {
    if (!point.fits) {
      table.push_back({fmt::format("{:.2g}", point.compute.value()), "0", "", "", "",
                       format_large(point.run.model.n_parameters), "", "", "memory",
                       "none fits memory"});
      continue;
    }
    table.push_back({fmt::format("{:.2g}", point.compute.value()),
                     point.in_time ? fmt::format("{:.1f} %", 100 * point.utilisation) : "0",
                     format_large(static_cast<double>(point.gpus)),
                     format_quantity(point.step.total), fmt::format("{:.3g}", point.run.steps),
                     format_large(point.run.model.n_parameters),
                     fmt::format("{}", point.shape.layers), format_large(point.run.batch.value()),
                     std::string(binding_name(point.binding)),
                     plan_text(point) + (point.in_time ? "" : " (fastest, too late)")});
  }
  const auto& wall = found.wall;
  std::string text = aligned(table, true);
  text += fmt::format(
      "\nlargest utilisation {:.1f} %; knee (below 80 % of it) {}, half {}, wall (below {:g} %) "
      "{}\n"
      "closed form: {}\n",
      100 * wall.largest_utilisation, crossing_text(wall, wall.knee),
      crossing_text(wall, wall.half), 100 * training::least_utilisation,
      crossing_text(wall, wall.wall), closed_text(wall.closed));
  for (const auto& line : assumptions_of(found)) text += "  " + line + "\n";
  return text;
}

Json nullable(const std::optional<Flop>& compute) {
  return compute ? Json(compute->value()) : Json(nullptr);
}

Json plan_object(const WallPoint& point) {
  Json json;
  for (const auto& [key, value] : scenario::plan_fields(point.plan))
    json[key] = Json::accept(value) ? Json::parse(value) : Json(value);
  json["tensor_rows"] = point.grid.rows;
  json["tensor_columns"] = point.grid.columns;
  return json;
}

Json point_object(const WallPoint& point) {
  Json json;
  json["flop"] = point.compute.value();
  json["utilisation"] = point.utilisation;
  json["in_time"] = point.in_time;
  json["gpus"] = point.gpus;
  json["plan"] = point.fits ? plan_object(point) : Json(nullptr);
  json["step_s"] = point.fits ? Json(point.step.total.value()) : Json(nullptr);
  json["binding"] = point.fits ? binding_name(point.binding) : "memory";
  json["steps"] = point.run.steps;
  json["parameters"] = point.run.model.n_parameters;
  json["data_tokens"] = point.run.examples * point.run.model.data.value();
  json["layers"] = point.shape.layers;
  json["batch_tokens"] = point.run.batch.value();
  for (std::size_t i = 1; i < training::n_bindings; ++i)
    json["lost"][std::string(binding_name(static_cast<training::Binding>(i)))] = point.lost[i];
  return json;
}

Json wall_object(const FoundWall& found) {
  const auto& wall = found.wall;
  Json json;
  json["name"] = found.name;
  json["title"] = found.scenario.title;
  json["batch_law"] = batch_law_text(*found.scenario.wall, wall.setup.laws.batch);
  json["model_law"] = model_law_text(*found.scenario.wall, wall.setup.laws.model);
  json["depth_law"] = depth_law_text(*found.scenario.wall, wall.setup.laws.depth);
  json["months"] = found.scenario.wall->months;
  json["largest_utilisation"] = wall.largest_utilisation;
  json["knee_flop"] = nullable(wall.knee);
  json["half_flop"] = nullable(wall.half);
  json["wall_flop"] = nullable(wall.wall);
  const bool ends = std::isfinite(wall.closed.compute.value());
  json["closed_form"] = {{"flop", ends ? Json(wall.closed.compute.value()) : Json(nullptr)},
                         {"parameters", ends ? Json(wall.closed.n_parameters) : Json(nullptr)},
                         {"layer_s", wall.closed.layer.value()},
                         {"tensor", wall.closed.tensor}};
  json["assumptions"] = assumptions_of(found);
  for (const WallPoint& point : wall.points) json["points"].push_back(point_object(point));
  return json;
}

}  // namespace

std::string wall_screen(const std::vector<FoundWall>& walls, const Provenance& provenance) {
  std::string text;
  for (const FoundWall& found : walls) {
    text += fmt::format("{}{}\n\n{}\n", &found == &walls.front() ? "" : found.name + ": ",
                        found.scenario.title, one_screen(found));
  }
  if (walls.size() > 1) {
    TextTable table{{"", "largest", "knee [FLOP]", "half", "wall", "closed form"}};
    for (const FoundWall& found : walls)
      table.push_back({found.name, fmt::format("{:.1f} %", 100 * found.wall.largest_utilisation),
                       compute_text(found.wall.knee), compute_text(found.wall.half),
                       compute_text(found.wall.wall), compute_text(found.wall.closed.compute)});
    text += aligned(table, true) + "\n";
  }
  return text + fmt::format("longhaul {} ({})\n", provenance.version, provenance.revision);
}

std::string wall_json(const std::vector<FoundWall>& walls, const Provenance& provenance) {
  Json json = wall_object(walls.front());
  for (std::size_t i = 1; i < walls.size(); ++i) json["variants"].push_back(wall_object(walls[i]));
  json["version"] = provenance.version;
  json["revision"] = provenance.revision;
  for (const auto& input : provenance.inputs)
    json["inputs"].push_back({{"path", input.path}, {"sha256", input.sha256}});
  return json.dump(2) + "\n";
}

std::string wall_csv(const std::vector<FoundWall>& walls) {
  std::string text =
      "curve,flop,utilisation,in_time,gpus,step_s,steps,parameters,layers,batch_tokens,binding,"
      "tensor_rows,tensor_columns,pipeline,virtual_stages,data,context,microbatch,knee_flop,"
      "half_flop,wall_flop,closed_form_flop,batch_law\n";
  const auto cell = [](const std::optional<Flop>& compute) {
    return compute ? fmt::format("{}", compute->value()) : std::string();
  };
  for (const FoundWall& found : walls) {
    const auto law =
        batch_law_text(*found.scenario.wall, found.wall.setup.laws.batch, Sources::LeftOut);
    for (const WallPoint& point : found.wall.points)
      text += fmt::format(
          "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
          csv_text(found.name), point.compute.value(), point.utilisation, point.in_time ? 1 : 0,
          point.gpus, point.step.total.value(), point.run.steps, point.run.model.n_parameters,
          point.shape.layers, point.run.batch.value(),
          point.fits ? binding_name(point.binding) : "memory", point.grid.rows, point.grid.columns,
          point.plan.pipeline, point.plan.virtual_stages, point.plan.data, point.plan.context,
          point.plan.microbatch, cell(found.wall.knee), cell(found.wall.half),
          cell(found.wall.wall), found.wall.closed.compute.value(), csv_text(law));
  }
  return text;
}

}  // namespace longhaul::report
