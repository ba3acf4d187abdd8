// Traces as texts, for tests of their readers.
#pragma once

#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "scheduling/trace_file.hpp"

namespace longhaul::scheduling {

struct ReadTrace {
  Trace trace;
  std::vector<std::string> errors;   ///< "line: what"
  std::vector<std::string> skipped;  ///< the same
};

inline std::vector<std::string> told(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> lines;
  for (const auto& one : diagnostics)
    lines.push_back(std::to_string(one.where.line) + ": " + one.what);
  return lines;
}

inline ReadTrace read_text(const std::string& name, const std::string& text,
                           const TraceOptions& options = {}) {
  const scenario::Files files;
  ReadTrace read;
  Diagnostics diagnostics;
  std::vector<Diagnostic> skipped;
  read.trace = read_trace(files.write(name, text), options, diagnostics, &skipped);
  read.errors = told(diagnostics.all());
  read.skipped = told(skipped);
  return read;
}

/// A small good file of each format, by the name that it is recognised by.
struct Sample {
  std::string name, text;
};

inline const std::string small_swf =
    "; Version: 2.2\n"
    "; MaxNodes: 64\n"
    "; MaxProcs: 128\n"
    ";\n"
    "    1   10  -1   60   4  -1 -1   8  120 -1  1  3  1 -1 -1 -1 -1 -1\n"
    "    2    5  -1    0  16  -1 -1  -1   -1 -1  0  7 -1 -1 -1 -1 -1 -1\n";

inline const std::string small_batsim = R"json({
  "nb_res": 4,
  "jobs": [
    {"id": "b", "subtime": 7.5, "res": 2, "profile": "long", "walltime": 100},
    {"id": 1, "subtime": 0, "res": 1, "profile": "short", "walltime": -1},
    {"id": 2, "subtime": 7.5, "res": 4, "profile": "short", "more": {"id": 9, "x": [1, {}]}}
  ],
  "profiles": {
    "short": {"type": "delay", "delay": 10.25},
    "long": {"type": "delay", "delay": 100, "np": 2}
  }
}
)json";

inline const std::string small_philly =
    "timestamp,duration,num_gpus,gpu_time,cluster\n"
    "2017-10-09 07:01:55,66.0,1,66.0,11cb48\n"
    "2017-10-08 07:01:45,2951.5,8,23612.0,6214e9\n"
    "2017-10-09 07:01:55,7,2,14.0,6214e9\n"
    "\n";

inline const std::string small_kalos =
    "job_id,arrival_time,num_iteration,iteration_computing_time,iteration_networking_time,"
    "gpu_workers,ps,gpu_per_worker,cpu_per_gpu_worker,cpu_per_ps_worker,tensorsizes,"
    "profiled_network\n"
    "0,0.0,208,0.5,0.25,8,0,8.0,15.0,15.0,10.0,500\n"
    "1,313.0,157,0.5,0.25,3,0,1.0,15.0,15.0,10.0,500\n";

inline const std::string small_throughputs = R"json({
  "k80": {"('LM', 1)": {"null": 2.0, "('LM', 1)": [0.5, 0.5]}, "('LM', 2)": {"null": 0.0}},
  "v100": {"('LM', 1)": {"null": 10}, "('LM', 2)": {"null": 16.0}},
  "v100_unconsolidated": {"('LM', 1)": {"null": 10}, "('LM', 2)": {"null": 12.0}}
}
)json";

inline const std::string small_gavel =
    "LM\tpython3 main.py\tlm\t--steps\t1\t400\t1\t1\t-1.000000\t0\n"
    "LM\tpython3 main.py\tlm\t--steps\t1\t400\t2\t5\t1.2\t30\n";

inline const std::string small_tiresias =
    "job_id,num_gpu,submit_time,iterations,model_name,duration,interval\r\n"
    "0,1,0,606,vgg19,164,30\r\n"
    "1,8,30,133,vgg11,147,23\r\n";

inline const std::string small_longhaul =
    "# what a lab asked for\n"
    "job,submit_s,run_time_s,slots,nodes,estimate_s,limit_s,priority,user,group,deadline_s,"
    "preemptible,flexibility,choices\n"
    "pretrain,3600,86400,,128,90000,100000,2.5,ada,base,200000,false,rigid,\n"
    "\"tune, again\",0,7200,4,,,,,bob,base,,,moldable,2:13000;8:4000.5\n"
    "eval,0,60,8,2,,,,ada,,,true,elastic,\n";

inline std::vector<Sample> samples() {
  return {{"a.swf", small_swf},
          {"a.json", small_batsim},
          {"philly.csv", small_philly},
          {"kalos.csv", small_kalos},
          {"gavel.trace", small_gavel},
          {"tiresias.csv", small_tiresias},
          {"longhaul.csv", small_longhaul}};
}

}  // namespace longhaul::scheduling
