# 3.4 in x 2.6 in
# Rows of `data` in their order, from power to least; those of published.csv beside the first four.
stats data using (gpt4 = column('p50_flop') / column('p50_gpt4'), 0) nooutput
lowest = 1e27
highest = 3e33
half = 0.17
apart = 0.2
row = 0
next_row(dummy) = (row = row + 1, row)
right(row) = row + (row < 5 ? apart : 0)  # nothing is published of the least

set lmargin at screen 0.17
set rmargin at screen 0.86
set tmargin at screen 0.97
set bmargin at screen 0.10
set logscale y
set yrange [lowest:highest]
set ytics lowest, 10 format '10^{%T}'
set mytics 1
set ylabel 'training compute in 2030 [FLOP]' offset 1,0
set logscale y2
set y2range [lowest / gpt4:highest / gpt4]
set y2tics 100, 100 format '10^{%T}'
set y2label 'times GPT-4' offset -1.2,0
set border 11 lw 0.75
set xrange [0.4:5.5]
set xtics scale 0 offset 0,0.3 ('power' 1, 'chips' 2, 'data' 3, 'latency' 4, 'least' 5)
unset grid
set grid ytics
set key top left Left reverse noopaque samplen 1.5
set style fill solid 1 noborder
plot published using (next_row(0) - apart):'p50_flop':(row - apart - half):(row - apart + half): \
       'p10_flop':'p90_flop' with boxxyerror lc rgb '#C8C8C8' title 'published, 80 %', \
     row = 0, \
     data using (right(next_row(0))):'p50_flop':(right(row) - half):(right(row) + half): \
       'p10_flop':'p90_flop' with boxxyerror lc rgb '#88CCEE' title 'drawn, 80 %', \
     row = 0, \
     published using (next_row(0) - apart):'p50_flop' with points lt 1 title 'median', \
     row = 0, \
     data using (right(next_row(0))):'p50_flop' with points lt 1 notitle
