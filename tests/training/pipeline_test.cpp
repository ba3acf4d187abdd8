#include "training/pipeline.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "training/pipeline_play.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

// Times are whole numbers of seconds and sums of quarters, so that doubles are exact.
constexpr PipelineSchedule one_f_one_b = PipelineSchedule::OneForwardOneBackward;
constexpr PipelineSchedule zb1p = PipelineSchedule::ZeroBubble;
constexpr PipelineSchedule dual = PipelineSchedule::DualPipe;

StagePasses passes(double forward, double input_gradient, double weight_gradient) {
  const double backward = input_gradient + weight_gradient;
  return {seconds(forward), seconds(backward), seconds(weight_gradient),
          seconds(forward + backward)};
}

double played(const Pipeline& pipeline, const StagePasses& each) {
  return play(pipeline, even_times(pipeline, each)).total.value();
}

/// "F0 F1 B0 ..."; the chunk behind a point where there are several; & joins an overlapped pair.
std::string text(const StageOrder& order) {
  std::string line;
  for (const Piece& piece : order) {
    line += "FBIW"[static_cast<std::size_t>(piece.pass)] + std::to_string(piece.microbatch);
    if (piece.chunk > 0) line += "." + std::to_string(piece.chunk);
    line += piece.with_next ? '&' : ' ';
  }
  line.pop_back();
  return line;
}

/// Most microbatches that a stage has begun and not yet let go, in chunks: their activations go
/// with the last gradient that needs them.
std::int64_t most_in_flight(const std::vector<PlayedPiece>& stage) {
  std::int64_t held = 0;
  std::int64_t most = 0;
  for (const PlayedPiece& one : stage) {
    const Pass pass = one.piece.pass;
    if (pass == Pass::Forward) most = std::max(most, ++held);
    if (pass == Pass::Backward || pass == Pass::WeightGradient) --held;
  }
  return most;
}

/// Busy seconds of a stage; both halves of an overlapped pair count once.
double busy(const std::vector<PlayedPiece>& stage) {
  double sum_s = 0.0;
  for (const PlayedPiece& one : stage)
    if (!one.piece.with_next) sum_s += (one.end - one.start).value();
  return sum_s;
}

PipelineTimes uneven(const Pipeline& pipeline, const std::vector<double>& forward_s,
                     const std::vector<double>& backward_s) {
  PipelineTimes times;
  const auto v = static_cast<double>(pipeline.chunks);
  for (std::size_t s = 0; s < forward_s.size(); ++s)
    for (std::int64_t c = 0; c < pipeline.chunks; ++c)
      times.chunks.push_back({seconds(forward_s[s] / v), seconds(backward_s[s] / v), {}, {}});
  return times;
}

/// m max_s t_s + (sum_s t_s - max_s t_s)/v
double uneven_formula(const Pipeline& pipeline, const std::vector<double>& forward_s,
                      const std::vector<double>& backward_s) {
  double sum_s = 0.0;
  double max_s = 0.0;
  for (std::size_t s = 0; s < forward_s.size(); ++s) {
    sum_s += forward_s[s] + backward_s[s];
    max_s = std::max(max_s, forward_s[s] + backward_s[s]);
  }
  return static_cast<double>(pipeline.microbatches) * max_s +
         (sum_s - max_s) / static_cast<double>(pipeline.chunks);
}

}  // namespace

TEST_CASE("1F1B fills with p - 1 - s forward passes and then takes turns") {
  const auto orders = stage_orders({one_f_one_b, 3, 1, 4});
  CHECK(text(orders[0]) == "F0 F1 F2 B0 F3 B1 B2 B3");
  CHECK(text(orders[1]) == "F0 F1 B0 F2 B1 F3 B2 B3");
  CHECK(text(orders[2]) == "F0 B0 F1 B1 F2 B2 F3 B3");
}

TEST_CASE("interleaved 1F1B goes through its chunks by groups of p microbatches") {
  // Warm-up 2 (p - 1 - s) + (v - 1) p: 4 on stage 0, 2 on stage 1; figure 4 of [Narayanan+, SC'21].
  const auto orders = stage_orders({one_f_one_b, 2, 2, 4});
  CHECK(text(orders[0]) == "F0 F1 F0.1 F1.1 F2 B0.1 F3 B1.1 F2.1 B0 F3.1 B1 B2.1 B3.1 B2 B3");
  CHECK(text(orders[1]) == "F0 F1 F0.1 B0.1 F1.1 B1.1 F2 B0 F3 B1 F2.1 B2.1 F3.1 B3.1 B2 B3");
}

TEST_CASE("ZB-H1 puts off the weight gradients of stage s by s microbatches") {
  const auto orders = stage_orders({zb1p, 3, 1, 4});
  CHECK(text(orders[0]) == "F0 F1 F2 I0 W0 F3 I1 W1 I2 W2 I3 W3");
  CHECK(text(orders[1]) == "F0 F1 I0 F2 I1 W0 F3 I2 W1 I3 W2 W3");
  CHECK(text(orders[2]) == "F0 I0 F1 I1 F2 I2 W0 F3 I3 W1 W2 W3");
}

TEST_CASE(
    "DualPipe feeds both ends and overlaps one direction's forward with the other's backward") {
  // p = 4, m = 8: microbatches 0-3 enter on stage 0, 4-7 on stage 3.
  const auto orders = stage_orders({dual, 4, 1, 8});
  CHECK(text(orders[0]) ==
        "F0 F1 F2 F4.1 I4.1 W4.1 F5.1 F3&B5.1 F6.1&B0 B6.1 F7.1&B1 B7.1 I2 W2 I3 W3");
  CHECK(text(orders[1]) ==
        "F0 F4.1 F1 F5.1 F2 B4.1 F6.1&B0 F3&B5.1 F7.1&B1 B6.1 B2 I7.1 I3 W7.1 W3");
  // The far half mirrors the near one.
  for (std::size_t s : {2U, 3U}) {
    std::vector<Piece> mirrored = orders[3 - s];
    for (Piece& piece : mirrored) {
      piece.chunk = 1 - piece.chunk;
      piece.microbatch = (piece.microbatch + 4) % 8;
    }
    CHECK(text(orders[s]) == text(mirrored));
  }
}

TEST_CASE("every stage runs every pass of every microbatch and chunk once") {
  for (const Pipeline& pipeline : {Pipeline{one_f_one_b, 4, 3, 12}, Pipeline{zb1p, 4, 1, 9},
                                   Pipeline{dual, 6, 1, 14}, Pipeline{zb1p, 4, 1, 2}}) {
    for (const StageOrder& order : stage_orders(pipeline)) {
      const auto m = static_cast<std::size_t>(pipeline.microbatches);
      std::vector<std::vector<int>> seen(3, std::vector<int>(m, 0));
      for (const Piece& piece : order) {
        const auto i = static_cast<std::size_t>(piece.microbatch);
        if (piece.pass == Pass::Forward) ++seen[0][i];
        if (piece.pass == Pass::Backward || piece.pass == Pass::InputGradient) ++seen[1][i];
        if (piece.pass == Pass::Backward || piece.pass == Pass::WeightGradient) ++seen[2][i];
      }
      for (const auto& counts : seen)
        for (int count : counts) CHECK(count == pipeline.chunks);
    }
  }
}

TEST_CASE("two stages and two microbatches come out by hand") {
  // F = 1, B = 2. Stage 0: F0 0-1, F1 1-2, B0 4-6, B1 7-9; stage 1: F0 1-2, B0 2-4, F1 4-5, B1 5-7.
  const Pipeline pipeline{one_f_one_b, 2, 1, 2};
  const StagePasses each = passes(1, 1, 1);
  const PlayedPipeline all = play(pipeline, even_times(pipeline, each));
  CHECK(all.stages[0][2].start.value() == 4.0);
  CHECK(all.stages[0][3].start.value() == 7.0);
  CHECK(all.stages[1][2].start.value() == 4.0);
  CHECK(all.total.value() == 9.0);
  CHECK(bubble(pipeline, each).value() == 3.0);  // (2 - 1)(1 + 2)
  // Half a second a transfer: F0 0-1, on stage 1 1.5-2.5, B0 2.5-4.5, back 5-7; F1 1-2, 4.5-5.5,
  // B1 5.5-7.5, back 8-10.
  PipelineTimes times = even_times(pipeline, each);
  times.transfer = seconds(0.5);
  CHECK(play(pipeline, times).total.value() == 10.0);
}

TEST_CASE("1F1B, interleaved or not, takes m (F + B) + (p - 1)(F + B)/v") {
  // By hand, p 4, v 2, m 8, F 2, B 4: 8 x 6 + 3 x 6/2 = 57.
  CHECK(played({one_f_one_b, 4, 2, 8}, passes(2, 2, 2)) == 57.0);
  for (std::int64_t p : {1, 2, 3, 4, 8, 16})
    for (std::int64_t v : {1, 2, 4})
      for (std::int64_t m : {p, 2 * p, 5 * p})
        for (const auto& each : {passes(4, 4, 4), passes(8, 4, 8), passes(4, 16, 4)}) {
          const Pipeline pipeline{one_f_one_b, p, v, m};
          CHECK(played(pipeline, each) == pipeline_time(pipeline, each).value());
          CHECK(bubble(pipeline, each) ==
                double(p - 1) * (each.forward + each.backward) / double(v));
        }
  for (std::int64_t m : {1, 2, 3, 7})  // fewer than the stages, or not divisible
    CHECK(played({one_f_one_b, 4, 1, m}, passes(1, 1, 1)) == double(3 * m + 9));
}

TEST_CASE("ZB1P idles (p - 1)(F + B - 2W) where weight gradients fit") {
  // By hand, p 4, m 8, F 2, B 2 + 1: 8 x 5 + 3 (2 + 3 - 2) = 49.
  CHECK(played({zb1p, 4, 1, 8}, passes(2, 2, 1)) == 49.0);
  for (std::int64_t p : {1, 2, 3, 4, 8, 16})
    for (std::int64_t m : {p, p + 1, 3 * p})
      for (const auto& each :
           {passes(1, 1, 1), passes(3, 2, 2), passes(2, 5, 1), passes(4, 3, 0)}) {
        const Pipeline pipeline{zb1p, p, 1, m};
        CHECK(bubble(pipeline, each) ==
              double(p - 1) * (each.forward + each.backward - 2.0 * each.weight_gradient));
        CHECK(played(pipeline, each) == pipeline_time(pipeline, each).value());
      }
}

TEST_CASE("ZB1P's bubble is what is played for longer weight gradients and few microbatches too") {
  // By hand, p 2, m 1, F 1, B 1 + 2: F, F, I, I and W one after the other 6 = 1 x 4 + 2;
  // two microbatches: w = 1, 2 x 4 + (1 + 3 - 2) - 1 = 9.
  CHECK(played({zb1p, 2, 1, 1}, passes(1, 1, 2)) == 6.0);
  CHECK(played({zb1p, 2, 1, 2}, passes(1, 1, 2)) == 9.0);
  for (std::int64_t p : {1, 2, 3, 5, 8})
    for (std::int64_t m : {1, 2, 3, 4, 9, 17})
      for (double forward : {1, 2, 5})
        for (double input_gradient : {1, 3, 4})
          for (double weight_gradient : {0, 1, 3, 6}) {
            const auto each = passes(forward, input_gradient, weight_gradient);
            const Pipeline pipeline{zb1p, p, 1, m};
            CHECK(played(pipeline, each) == pipeline_time(pipeline, each).value());
          }
}

TEST_CASE("DualPipe's middle stages idle (p/2 - 1)(F&B + B - 3W)") {
  // By hand, p 8, m 20, F 2, B 2 + 1, F&B 4: m - p - 1 = 11 pairs of 4 s and 9 of 5 s, 89 s, and
  // 3 (4 + 3 - 3) = 12.
  StagePasses hidden = passes(2, 2, 1);
  hidden.overlapped = seconds(4);
  CHECK(played({dual, 8, 1, 20}, hidden) == 101.0);
  for (std::int64_t p : {2, 4, 6, 8, 16})
    for (std::int64_t m : {2 * p, 2 * p + 2, 5 * p})
      for (auto each : {passes(4, 4, 4), passes(4, 4, 3), passes(8, 8, 2), passes(4, 4, 0)})
        for (double hidden_s : {0.0, 0.5, 2.0, 3.0}) {
          each.overlapped = each.forward + each.backward - seconds(hidden_s);
          const Pipeline pipeline{dual, p, 1, m};
          const PlayedPipeline all = play(pipeline, even_times(pipeline, each));
          const Seconds published =
              (double(p) / 2 - 1) * (each.overlapped + each.backward - 3.0 * each.weight_gradient);
          CHECK(bubble(pipeline, each) == published);
          CHECK(all.total == pipeline_time(pipeline, each));
          const auto middle = static_cast<std::size_t>(p / 2);
          CHECK(all.total.value() - busy(all.stages[middle]) == published.value());
          CHECK(all.total.value() - busy(all.stages[middle - 1]) == published.value());
        }
}

TEST_CASE(
    "DualPipe's bubble is exact for longer forward passes and above what is played for shorter") {
  for (std::int64_t p : {2, 4, 8, 12})
    for (std::int64_t m : {2 * p, 2 * p + 6})
      for (double forward : {1, 2, 5})
        for (double input_gradient : {1, 3, 4, 7})
          for (double weight_gradient : {0, 1, 3, 6})
            for (double share : {0.0, 0.5, 1.0}) {
              StagePasses each = passes(forward, input_gradient, weight_gradient);
              // F&B from the longer of the two to both after each other
              each.overlapped = std::max(each.forward, each.backward) +
                                share * std::min(each.forward, each.backward);
              const Pipeline pipeline{dual, p, 1, m};
              const double gap_s = pipeline_time(pipeline, each).value() - played(pipeline, each);
              if (forward >= input_gradient) {
                CHECK(gap_s == 0.0);
              } else {
                const double w = std::min(forward, weight_gradient);
                CHECK(gap_s >= 0.0);
                CHECK(gap_s <=
                      (double(p) / 2 - 1) * (input_gradient + weight_gradient - forward - w));
              }
            }
}

TEST_CASE(
    "uneven stages take m max t + (sum t - max t) exactly where the last one is the slowest") {
  // By hand, p 2, m 2: stage 0 has F 1, B 2, stage 1 has F 2, B 4. F0 0-1, stage 1: 1-3, B0 3-7,
  // F1 7-9, B1 9-13, back on stage 0 13-15 = 2 x 6 + 3.
  CHECK(
      play({one_f_one_b, 2, 1, 2}, uneven({one_f_one_b, 2, 1, 2}, {1, 2}, {2, 4})).total.value() ==
      15.0);
  const std::vector<std::vector<double>> forwards = {
      {1, 2, 3, 5}, {4, 1, 2, 6}, {2, 2, 2, 3}, {7, 1, 7, 7}};
  const std::vector<std::vector<double>> backwards = {
      {1, 1, 9, 9}, {3, 9, 5, 5}, {4, 4, 4, 6}, {1, 9, 8, 9}};
  for (std::size_t i = 0; i < forwards.size(); ++i)
    for (std::int64_t m : {1, 2, 4, 9, 40}) {
      const Pipeline pipeline{one_f_one_b, 4, 1, m};
      CHECK(play(pipeline, uneven(pipeline, forwards[i], backwards[i])).total.value() ==
            uneven_formula(pipeline, forwards[i], backwards[i]));
    }
}

TEST_CASE("uneven stages with backward in proportion to forward take that at most") {
  // By hand, p 2, m 2: stage 0 has F 2, B 4, stage 1 has F 1, B 2. Stage 0: F0 0-2, F1 2-4, and
  // stage 1 has B0 ready at 5: B0 5-9; stage 1: F1 5-6, B1 6-8; B1 9-13. The formula says 15.
  const Pipeline two{one_f_one_b, 2, 1, 2};
  CHECK(play(two, uneven(two, {2, 1}, {4, 2})).total.value() == 13.0);
  CHECK(uneven_formula(two, {2, 1}, {4, 2}) == 15.0);
  for (const std::vector<double>& forward_s :
       {std::vector<double>{5, 2, 2, 2}, {2, 2, 5, 2}, {4, 8, 2, 6}, {6, 6, 4, 4}, {1, 9, 5, 3}})
    for (std::int64_t v : {1, 2, 4})
      for (std::int64_t m : {4, 8, 32}) {
        std::vector<double> backward_s = forward_s;
        for (double& one : backward_s) one *= 2.0;
        const Pipeline pipeline{one_f_one_b, 4, v, m};
        const double total_s =
            play(pipeline, uneven(pipeline, forward_s, backward_s)).total.value();
        const double formula_s = uneven_formula(pipeline, forward_s, backward_s);
        CHECK(total_s <= formula_s);
        CHECK(total_s >= double(m) * 3.0 * *std::max_element(forward_s.begin(), forward_s.end()));
      }
}

TEST_CASE("the first stage holds min(p, m), p (1 + (p-1)/(p v)) or p + 1 microbatches") {
  CHECK(microbatches_in_flight({one_f_one_b, 4, 1, 8}) == 4.0);
  CHECK(microbatches_in_flight({one_f_one_b, 4, 1, 3}) == 3.0);
  CHECK(microbatches_in_flight({one_f_one_b, 4, 2, 8}) == 5.5);  // 4 (1 + 3/8)
  CHECK(microbatches_in_flight({one_f_one_b, 4, 2, 4}) == 4.0);
  CHECK(microbatches_in_flight({zb1p, 8, 1, 16}) == 8.0);
  CHECK(microbatches_in_flight({dual, 8, 1, 16}) == 9.0);
  CHECK(microbatches_in_flight({dual, 1, 1, 16}) == 1.0);
  for (const Pipeline& pipeline :
       {Pipeline{one_f_one_b, 4, 1, 8}, Pipeline{one_f_one_b, 8, 1, 3},
        Pipeline{one_f_one_b, 4, 2, 8}, Pipeline{one_f_one_b, 4, 4, 4},
        Pipeline{one_f_one_b, 8, 4, 32}, Pipeline{zb1p, 4, 1, 12}, Pipeline{zb1p, 8, 1, 3},
        Pipeline{dual, 2, 1, 4}, Pipeline{dual, 8, 1, 16}, Pipeline{dual, 6, 1, 20}}) {
    const PlayedPipeline all = play(pipeline, even_times(pipeline, passes(4, 4, 4)));
    CHECK(double(most_in_flight(all.stages[0])) ==
          microbatches_in_flight(pipeline) * double(pipeline.chunks));
    if (pipeline.schedule != one_f_one_b)  // every stage holds as many
      for (const auto& stage : all.stages)
        CHECK(double(most_in_flight(stage)) == microbatches_in_flight(pipeline));
  }
}

TEST_CASE("a transfer that only filling and draining wait for adds 2 (p - 1) of itself") {
  for (const Pipeline& pipeline :
       {Pipeline{one_f_one_b, 4, 1, 8}, Pipeline{one_f_one_b, 4, 1, 2},
        Pipeline{one_f_one_b, 2, 2, 4}, Pipeline{one_f_one_b, 4, 3, 12}, Pipeline{zb1p, 4, 1, 8}}) {
    PipelineTimes times = even_times(pipeline, passes(12, 12, 12));
    const double without_s = play(pipeline, times).total.value();
    times.filling_transfer = seconds(1);
    CHECK(play(pipeline, times).total.value() == without_s + 2.0 * double(pipeline.stages - 1));
  }
}

TEST_CASE("1F1B cannot hide transfers: it keeps too few microbatches in flight") {
  // By hand, p 2: stage 0 has two microbatches in flight, which pay one round trip of two transfers
  // between them: m/2 x 2 = m seconds for transfers of a second. In general between the filling
  // alone, 2 (p - 1), and nothing hidden, 2 (p - 1) + 2m.
  for (std::int64_t p : {2, 4, 8}) {
    const std::int64_t m = 4 * p;
    const Pipeline pipeline{one_f_one_b, p, 1, m};
    PipelineTimes times = even_times(pipeline, passes(16, 16, 16));
    const double without_s = play(pipeline, times).total.value();
    times.transfer = seconds(1);
    const double added_s = play(pipeline, times).total.value() - without_s;
    if (p == 2) CHECK(added_s == double(m));
    CHECK(added_s > 2.0 * double(p - 1));
    CHECK(added_s < 2.0 * double(p - 1 + m));
  }
}
