#include "cli/wall_job.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "cli/terminal.hpp"
#include "diagnostics/diagnostic.hpp"
#include "scenario/scenario_file.hpp"

namespace longhaul::cli {

WallJob run_wall(const std::string& scenario, const std::vector<std::string>& assignments) {
  const double begin_s = wall_clock_s();
  WallJob job;
  std::vector<std::string> files;
  const auto find = [&](const std::string& name, const std::string& path) {
    auto loaded = scenario::read_scenario(path, assignments, scenario::Purpose::Wall);
    try {
      auto wall = experiment::find_wall(loaded.scenario);
      job.walls.push_back({name, std::move(loaded.scenario), loaded.calibration, std::move(wall)});
    } catch (const std::invalid_argument& problem) {
      throw InputError(loaded.places.where("wall"), problem.what());
    }
    for (auto& file : loaded.files)
      if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  };
  find("base", scenario);
  const auto variants = job.walls.front().scenario.wall->variants;
  for (const auto& variant : variants) find(variant.name, *variant.scenario);
  job.provenance = report::make_provenance(job.walls.front().scenario.seed, files,
                                           job.walls.front().calibration);
  job.provenance.wall_s = wall_clock_s() - begin_s;
  return job;
}

}  // namespace longhaul::cli
