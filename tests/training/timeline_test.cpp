#include "training/timeline.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace longhaul;
using namespace longhaul::training;

namespace {

constexpr PipelineSchedule one_f_one_b = PipelineSchedule::OneForwardOneBackward;

// A chunk's forward takes 3 + 1 = 4 s, its backward 4 (input) + 4 (weights); of a transfer of 1 s
// half is hidden. Binary fractions, so that sums are exact.
StepParts even_parts(const Pipeline& pipeline) {
  ChunkWork chunk;
  chunk.forward.gemm = seconds(3);
  chunk.forward.tensor = seconds(1);
  chunk.input_gradient.gemm = seconds(4);
  chunk.weight_gradient.gemm = seconds(4);
  StepParts parts;
  parts.pipeline = pipeline;
  parts.chunks.assign(static_cast<std::size_t>(pipeline.stages * chunks_of_stage(pipeline)), chunk);
  parts.transfer = seconds(1);
  parts.transfer_hidden = seconds(0.5);
  parts.reduce = {seconds(6), seconds(4)};
  parts.gather = {seconds(3), seconds(2)};
  parts.embedding_tie = seconds(0.25);
  parts.optimizer = seconds(2);
  parts.straggling = seconds(0.75);
  parts.host = seconds(0.5);
  return parts;
}

double end_of_last(const Timeline& timeline) {
  Seconds end;
  for (const Slice& slice : timeline.slices) end = std::max(end, slice.end);
  return end.value();
}

const Slice& slice_of(const Timeline& timeline, std::int64_t stage, Lane lane,
                      const std::string& text) {
  const auto found =
      std::find_if(timeline.slices.begin(), timeline.slices.end(), [&](const Slice& slice) {
        return slice.stage == stage && slice.lane == lane && slice.name == text;
      });
  REQUIRE_MESSAGE(found != timeline.slices.end(), text);
  return *found;
}

double argument(const Slice& slice, const std::string& text) {
  for (const auto& one : slice.arguments)
    if (one.name == text) return one.value;
  return 0.0;
}

void check_between(const Slice& slice, double start_s, double end_s) {
  CHECK_MESSAGE(slice.start.value() == start_s, slice.name);
  CHECK_MESSAGE(slice.end.value() == end_s, slice.name);
}

std::vector<StepParts> all_schedules() {
  std::vector<StepParts> all;
  for (const Pipeline& pipeline : {Pipeline{one_f_one_b, 1, 1, 3}, Pipeline{one_f_one_b, 4, 1, 8},
                                   Pipeline{one_f_one_b, 4, 2, 8}, Pipeline{one_f_one_b, 2, 4, 6},
                                   Pipeline{PipelineSchedule::ZeroBubble, 4, 1, 8},
                                   Pipeline{PipelineSchedule::DualPipe, 4, 1, 10}})
    all.push_back(even_parts(pipeline));
  return all;
}

}  // namespace

TEST_CASE("a step on one stage is gather, passes, reduction, optimizer, waiting, host") {
  const Timeline timeline = step_timeline(even_parts({one_f_one_b, 1, 1, 2}));
  // Gather 3 s, 2 of them under the first passes, which start at 1. Forward 4, backward 8, twice:
  // to 25. Reduction 6 s, 4 hidden: 21-25 and 25-27.
  check_between(slice_of(timeline, 0, Lane::Gather, "gather parameters, exposed"), 0, 1);
  check_between(slice_of(timeline, 0, Lane::Gather, "gather parameters, hidden"), 1, 3);
  check_between(slice_of(timeline, 0, Lane::Compute, "forward 0"), 1, 5);
  check_between(slice_of(timeline, 0, Lane::Compute, "backward 0"), 5, 13);
  check_between(slice_of(timeline, 0, Lane::Compute, "forward 1"), 13, 17);
  check_between(slice_of(timeline, 0, Lane::Compute, "backward 1"), 17, 25);
  check_between(slice_of(timeline, 0, Lane::Reduce, "reduce gradients, hidden"), 21, 25);
  check_between(slice_of(timeline, 0, Lane::Reduce, "reduce gradients, exposed"), 25, 27);
  check_between(slice_of(timeline, 0, Lane::Reduce, "sum tied embeddings"), 27, 27.25);
  check_between(slice_of(timeline, 0, Lane::Compute, "optimizer"), 27.25, 29.25);
  check_between(slice_of(timeline, 0, Lane::Compute, "wait for stragglers"), 29.25, 30);
  check_between(slice_of(timeline, 0, Lane::Compute, "host"), 30, 30.5);
  CHECK(timeline.total.value() == 30.5);
}

TEST_CASE("two stages send half of a transfer under the piece and wait for the other half") {
  const Timeline timeline = step_timeline(even_parts({one_f_one_b, 2, 1, 2}));
  // Passes 4.5 and 8.5 with half a transfer each, from second 1. Filling, the hidden half counts
  // too: forward 0 on stage 0 1-5.5, sent 5-6, on stage 1 6-10.5. Backward 0 there 10.5-19, sent
  // 18-19, in the steady state; on stage 0 19-27.5. Forward 1 0: 5.5-10 sent 9-10, 1: 19-23.5;
  // backward 1 23.5-32, sent 31.5-32.5; on stage 0 32.5-41.
  check_between(slice_of(timeline, 0, Lane::Compute, "forward 0"), 1, 5.5);
  check_between(slice_of(timeline, 0, Lane::ToNext, "activations 0"), 5, 6);
  check_between(slice_of(timeline, 1, Lane::Compute, "forward 0"), 6, 10.5);
  check_between(slice_of(timeline, 0, Lane::ToNext, "activations 1"), 9, 10);
  check_between(slice_of(timeline, 1, Lane::Compute, "backward 0"), 10.5, 19);
  check_between(slice_of(timeline, 1, Lane::ToPrevious, "gradients 0"), 18, 19);
  check_between(slice_of(timeline, 0, Lane::Compute, "backward 0"), 19, 27.5);
  check_between(slice_of(timeline, 1, Lane::ToPrevious, "gradients 1"), 31.5, 32.5);
  check_between(slice_of(timeline, 0, Lane::Compute, "backward 1"), 32.5, 41);
  // Stage 1 ends at 32 and reduces from 28 on; the optimizer waits for stage 0: 41 + 2 + 0.25.
  check_between(slice_of(timeline, 1, Lane::Reduce, "reduce gradients, exposed"), 32, 34);
  check_between(slice_of(timeline, 1, Lane::Compute, "optimizer"), 43.25, 45.25);
  CHECK(timeline.total.value() == 46.5);
}

TEST_CASE("the last slice of even stages ends with the step's total") {
  for (const StepParts& parts : all_schedules()) {
    if (parts.pipeline.schedule == PipelineSchedule::DualPipe) continue;
    const auto v = static_cast<double>(parts.pipeline.chunks);
    const double hop_s = parts.pipeline.stages > 1 ? 0.5 : 0.0;  // exposed
    StagePasses each{seconds(v * (4 + hop_s)), seconds(v * (8 + hop_s)), seconds(v * 4), {}};
    const double pipeline_s = pipeline_time(parts.pipeline, each).value();
    const double filling_s = 2.0 * double(parts.pipeline.stages - 1) * 0.5;
    // gather 1, reduction 2, tie 0.25, optimizer 2, straggling 0.75, host 0.5
    const double total_s = 1 + pipeline_s + filling_s + 2 + 0.25 + 2 + 0.75 + 0.5;
    const Timeline timeline = step_timeline(parts);
    CHECK(timeline.total.value() == total_s);
    CHECK(end_of_last(timeline) == total_s);
  }
}

TEST_CASE("DualPipe's last slice ends with the total too when transfers are free") {
  StepParts parts = even_parts({PipelineSchedule::DualPipe, 4, 1, 10});
  parts.transfer = parts.transfer_hidden = Seconds{};
  for (ChunkWork& chunk : parts.chunks) chunk.overlapped = seconds(9);
  // 10 x 12 - 5 pairs x 3 + (4/2 - 1)(9 + 8 - 3 x 4) = 110, then 1 + 2 + 0.25 + 2 + 0.75 + 0.5
  const Timeline timeline = step_timeline(parts);
  CHECK(timeline.total.value() == 116.5);
  CHECK(end_of_last(timeline) == 116.5);
  const Slice& pair = slice_of(timeline, 1, Lane::Compute, "forward 7 & backward 0");
  CHECK(argument(pair, "overlapped_s") == 3.0);
  CHECK(argument(pair, "gemm_s") == 11.0);
}

TEST_CASE("DualPipe's filling adds less than 2 (p - 1) hidden transfers") {
  const StepParts parts = even_parts({PipelineSchedule::DualPipe, 4, 1, 10});
  StepParts nothing_hidden_while_filling = parts;
  nothing_hidden_while_filling.transfer_hidden = Seconds{};
  nothing_hidden_while_filling.transfer = seconds(0.5);
  const double added_s = step_timeline(parts).total.value() -
                         step_timeline(nothing_hidden_while_filling).total.value();
  CHECK(added_s > 0.0);
  CHECK(added_s < 2.0 * 3.0 * 0.5);
}

TEST_CASE("slices on one lane never overlap and come by start") {
  for (StepParts parts : all_schedules())
    for (double hidden_s : {0.0, 1.0, 7.0}) {  // 7: longer than a pass of 4.5
      parts.transfer = seconds(hidden_s + 0.5);
      parts.transfer_hidden = seconds(hidden_s);
      const Timeline timeline = step_timeline(parts);
      std::map<std::pair<std::int64_t, Lane>, Seconds> free;
      Seconds before;
      for (const Slice& slice : timeline.slices) {
        CHECK(slice.start >= before);
        CHECK(slice.end > slice.start);
        Seconds& free_from = free[{slice.stage, slice.lane}];
        CHECK_MESSAGE(slice.start >= free_from, slice.name);
        free_from = slice.end;
        before = slice.start;
      }
    }
}

TEST_CASE("a slice's seconds by class sum to its length") {
  for (const StepParts& parts : all_schedules())
    for (const Slice& slice : step_timeline(parts).slices) {
      double sum_s = -argument(slice, "overlapped_s");
      if (argument(slice, "gemm_s") == 0.0) continue;
      for (const char* part : {"gemm_s", "tensor_s", "pipeline_s"}) sum_s += argument(slice, part);
      CHECK(sum_s == (slice.end - slice.start).value());
    }
}

TEST_CASE("every stage sends and receives what its neighbours do") {
  // p 4, v 2, m 8: each boundary passes 8 activations and as many gradients a chunk; chunks also go
  // round from the last stage to the first, once less.
  const Timeline timeline = step_timeline(even_parts({one_f_one_b, 4, 2, 8}));
  std::map<std::pair<std::int64_t, Lane>, int> sent;
  for (const Slice& slice : timeline.slices) ++sent[{slice.stage, slice.lane}];
  for (std::int64_t s : {0, 1, 2}) CHECK(sent[{s, Lane::ToNext}] == 16);
  CHECK(sent[{3, Lane::ToNext}] == 8);
  for (std::int64_t s : {1, 2, 3}) CHECK(sent[{s, Lane::ToPrevious}] == 16);
  CHECK(sent[{0, Lane::ToPrevious}] == 8);
  CHECK(argument(slice_of(timeline, 3, Lane::ToNext, "activations 0"), "to_stage") == 0.0);
  CHECK(sent[{2, Lane::Compute}] == 32 + 3);
}

TEST_CASE("both halves of DualPipe's pairs send over one link, one after the other") {
  const Timeline timeline = step_timeline(even_parts({PipelineSchedule::DualPipe, 4, 1, 10}));
  // Up go the activations of 5 microbatches and the gradients of the other 5, down likewise.
  std::map<std::pair<std::int64_t, Lane>, int> sent;
  for (const Slice& slice : timeline.slices) {
    ++sent[{slice.stage, slice.lane}];
    if (slice.lane == Lane::ToNext) CHECK(argument(slice, "to_stage") == double(slice.stage + 1));
    if (slice.lane == Lane::ToPrevious)
      CHECK(argument(slice, "to_stage") == double(slice.stage - 1));
  }
  for (std::int64_t s : {0, 1, 2, 3}) {
    CHECK(sent[{s, Lane::ToNext}] == (s < 3 ? 10 : 0));
    CHECK(sent[{s, Lane::ToPrevious}] == (s > 0 ? 10 : 0));
  }
  const Slice& pair = slice_of(timeline, 1, Lane::Compute, "forward 7 & backward 0");
  CHECK(argument(pair, "pipeline_s") == 1.0);  // the exposed half of two transfers
  const double end_s = pair.end.value();
  check_between(slice_of(timeline, 1, Lane::ToPrevious, "activations 7"), end_s - 2, end_s - 1);
  check_between(slice_of(timeline, 1, Lane::ToPrevious, "gradients 0"), end_s - 1, end_s);
}

TEST_CASE("the stages of a timeline may differ") {
  // p 2, m 1: forward 4 + 4, backward 8 and 16 on the last stage, transfers free: 32, and the ends.
  StepParts parts = even_parts({one_f_one_b, 2, 1, 1});
  parts.transfer = parts.transfer_hidden = Seconds{};
  parts.chunks[1].weight_gradient.gemm = seconds(12);
  CHECK(step_timeline(parts).total.value() == 32 + 1 + 2 + 0.25 + 2 + 0.75 + 0.5);
}
