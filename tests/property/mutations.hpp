// Texts made from others by the mistakes that people and broken disks make.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace longhaul::scenario {

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : engine_(seed) {}

  /// One to eight mutations: bytes changed, inserted, removed; lines doubled, dropped, swapped;
  /// values replaced by odd ones; a piece of `other` put in.
  std::string mutate(std::string text, const std::string& other);
  std::size_t below(std::size_t n) { return n == 0 ? 0 : engine_() % n; }

 private:
  void mutate_once(std::string& text, const std::string& other);
  void change_byte(std::string& text);
  void change_line(std::string& text, const std::string& other);
  void change_value(std::string& text);

  std::mt19937_64 engine_;
};

}  // namespace longhaul::scenario
