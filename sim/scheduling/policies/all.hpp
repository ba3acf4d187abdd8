// One function a policy, each in the file of its name; policy.cpp says what each does.
#pragma once

#include <memory>

#include "scheduling/policy.hpp"

namespace longhaul::scheduling {

std::unique_ptr<Policy> make_fifo(const PolicyConfig& config);
std::unique_ptr<Policy> make_first_fit(const PolicyConfig& config);
std::unique_ptr<Policy> make_sjf(const PolicyConfig& config);
std::unique_ptr<Policy> make_srtf(const PolicyConfig& config);
std::unique_ptr<Policy> make_edf(const PolicyConfig& config);
std::unique_ptr<Policy> make_las(const PolicyConfig& config);
std::unique_ptr<Policy> make_easy(const PolicyConfig& config);
std::unique_ptr<Policy> make_easy_machines(const PolicyConfig& config);
std::unique_ptr<Policy> make_shortest_first_backfill(const PolicyConfig& config);
std::unique_ptr<Policy> make_conservative(const PolicyConfig& config);
std::unique_ptr<Policy> make_conservative_rebuild(const PolicyConfig& config);
std::unique_ptr<Policy> make_fair_share(const PolicyConfig& config);
std::unique_ptr<Policy> make_priority(const PolicyConfig& config);
std::unique_ptr<Policy> make_finish_time_fair(const PolicyConfig& config);
std::unique_ptr<Policy> make_max_min(const PolicyConfig& config);
std::unique_ptr<Policy> make_min_makespan(const PolicyConfig& config);
std::unique_ptr<Policy> make_goodput(const PolicyConfig& config);

}  // namespace longhaul::scheduling
