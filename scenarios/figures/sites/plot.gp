# 7.0 in x 4.4 in
# Efficiency in per cent of a row of `data`, for one run, method, and distance [m] or bandwidth.
near(a, b) = abs(a - b) < 0.02 * b + 1
efficiency(gpus, method) = column('run.gpus') == gpus && strcol('run.across_sites.method') eq method ? 100 * (1 - column('step_terms.sites_s') / column('step_s')) : NaN
at(gpus, method, km) = near(column('run.across_sites.distance'), km * 1e3) ? efficiency(gpus, method) : NaN
over(gpus, method, rate) = near(column('run.across_sites.bandwidth'), rate) ? efficiency(gpus, method) : NaN
Gpus(i) = i == 1 ? 6144 : 65536
Name(i) = i == 1 ? '340 billion parameters, 6,144 GPUs' : '10 trillion parameters, 65,536 GPUs'

set datafile missing NaN  # lines go on over rows of other curves
set multiplot
set yrange [0:103]
set ytics 20
unset key
do for [i = 1:2] {
  set lmargin at screen (i == 1 ? 0.075 : 0.565)
  set rmargin at screen (i == 1 ? 0.475 : 0.965)
  set label 1 Name(i) at graph 0.5, graph 1.07 center
  set tmargin at screen 0.93
  set bmargin at screen 0.60
  set logscale x
  set xrange [8e-3:800]
  set xtics ('0.01' 0.01, '0.1' 0.1, '1' 1, '10' 10, '100' 100)
  set xlabel 'link of a site [Tbit/s]' offset 0,0.6
  set ylabel (i == 1 ? 'efficiency [%]' : '') offset 1.6,0
  if (i == 2) { set key at graph 0.08, graph 0.71 left top Left reverse samplen 2 }
  plot 95 lt 1 dt 3 lw 0.75 notitle, \
    data using (column('run.across_sites.bandwidth') * 8e-12):(at(Gpus(i), 'streaming-diloco', 0)) with lines lt 5 title 'Streaming, 0 km', \
    data using (column('run.across_sites.bandwidth') * 8e-12):(at(Gpus(i), 'streaming-diloco', 20000)) with lines lt 6 title '20,000 km', \
    data using (column('run.across_sites.bandwidth') * 8e-12):(at(Gpus(i), 'synchronous', 0)) with lines lt 1 title 'synchronous, 0 km', \
    data using (column('run.across_sites.bandwidth') * 8e-12):(at(Gpus(i), 'synchronous', 5000)) with lines lt 2 title '5,000 km', \
    data using (column('run.across_sites.bandwidth') * 8e-12):(at(Gpus(i), 'synchronous', 20000)) with lines lt 4 title '20,000 km'
  unset key
  unset label 1
  unset logscale x
  set tmargin at screen 0.44
  set bmargin at screen 0.11
  set xrange [0:20400]
  set xtics ('0' 0, '5,000' 5000, '10,000' 10000, '15,000' 15000, '20,000' 20000)
  set xlabel 'distance [km]' offset 0,0.6
  if (i == 1) { set key at graph 0.995, graph 0.06 right bottom Right noreverse samplen 2 }
  plot 95 lt 1 dt 3 lw 0.75 notitle, \
    data using (column('run.across_sites.distance') / 1e3):(over(Gpus(i), 'streaming-diloco', 2.154e9)) with linespoints lt 5 title 'Streaming DiLoCo, 0.017 Tbit/s', \
    data using (column('run.across_sites.distance') / 1e3):(over(Gpus(i), 'synchronous', 1e12)) with linespoints lt 1 title 'synchronous, 8 Tbit/s', \
    data using (column('run.across_sites.distance') / 1e3):(over(Gpus(i), 'synchronous', 2.154e12)) with linespoints lt 2 title '17 Tbit/s', \
    data using (column('run.across_sites.distance') / 1e3):(over(Gpus(i), 'synchronous', 1e13)) with linespoints lt 4 title '80 Tbit/s', \
    published using (i == 1 ? column('distance_km') : -1e4):(100 * column('efficiency')) with points lt 1 pt 8 ps 1 title 'Nemotron-4 340B'
  unset key
}
unset multiplot
