// A schedule as a picture: a Gantt chart, who had which machines when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <queue>
#include <string>
#include <vector>

#include "report/job_stretches.hpp"
#include "report/provenance.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::report {

/// Listens to schedules, one policy after the other, and draws a panel for each: machines upwards,
/// time to the right, a box for each run of neighbouring slots that a job had at a stretch. Of more
/// than `most_boxes` of a policy the largest are drawn, and a line below says what is left out.
class ScheduleGantt {
 public:
  static constexpr std::size_t most_boxes = 10'000;
  static constexpr std::size_t most_panels = 6;

  /// Throws InputError where `file` is no .svg, .pdf or .png or is something else already, and for
  /// more policies than panels.
  ScheduleGantt(const scenario::Scenario& scenario, const std::string& file,
                std::size_t n_policies);

  void begin(const std::string& policy);
  void add(const scheduling::JobEvent& event, const scheduling::Cluster& cluster);
  /// By scenarios/figures/gantt.gp. Throws InputError as draw_file() does, and where no job ran.
  void draw(const Provenance& provenance) const;

 private:
  struct Box {
    double area = 0;  // slot-seconds
    scheduling::JobId job = scheduling::no_job;
    double low = 0, high = 0;  // nodes
    double start_s = 0, end_s = 0;
  };
  struct Smaller {
    bool operator()(const Box& a, const Box& b) const { return a.area > b.area; }
  };
  struct Panel {
    std::string policy;
    std::priority_queue<Box, std::vector<Box>, Smaller> largest;
    std::int64_t n_left_out = 0;
    double drawn = 0, left_out = 0;  // slot-seconds
  };

  void write_boxes(const std::string& path, double unit_s) const;
  /// The job's name where it fits into its box.
  std::string label_of(const Box& box) const;
  std::string below(const Provenance& provenance) const;

  const scenario::Scenario& scenario_;
  std::string file_;
  std::vector<Panel> panels_;
  JobStretches running_;
  double nodes_ = 1;
  double begin_s_ = std::numeric_limits<double>::infinity(), end_s_ = 0;  // of all boxes
};

}  // namespace longhaul::report
