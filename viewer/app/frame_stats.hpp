// How long pictures took: for a bench, and to see that a change made them slower.
#pragma once

#include <string>
#include <vector>

namespace strates::viewer {

class FrameStats {
 public:
  void add(double seconds) { times_.push_back(seconds); }
  std::size_t count() const { return times_.size(); }
  // Pictures a second, were nothing between them.
  double per_second() const;
  // "300 pictures, 71.3 a second; 14.02 ms on average, …", in the process's language.
  std::string sentence() const;

 private:
  std::vector<double> times_;  // seconds each
};

}  // namespace strates::viewer
